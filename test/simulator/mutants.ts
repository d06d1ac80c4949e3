/** Ways to break the Worker, each of which some seed must notice. One sound place, one broken. */

export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: "base moves before the outcome is known",
    file: "worker/jobs/conclude-state.ts",
    from: `    if (outcome.kind === "done") {
      held[system] = { ...held[system], ...heldFields(outcome.record) };`,
    to: `    {
      const sent = decided.writes.find((write) => write.system === system)?.fields ?? {};
      const asSent = Object.entries(sent).map(([field, { to }]) => [field, to]);
      held[system] = { ...held[system], ...Object.fromEntries(asSent) };`,
  },
  {
    name: "what a system answers to a write is not read",
    file: "worker/jobs/conclude-state.ts",
    from: "held[system] = { ...held[system], ...heldFields(outcome.record) };",
    to: `held[system] = { ...held[system], ...Object.fromEntries(
        Object.entries(decided.writes.find((write) => write.system === system)?.fields ?? {})
          .map(([field, { to }]) => [field, to])) };`,
  },
  {
    name: "an unknown outcome is taken for a success",
    file: "worker/jobs/conclude.ts",
    from: `if ([...outcomes.values()].some(({ kind }) => kind === "unknown")) {`,
    to: "if (outcomes.size < 0) {",
  },
  {
    name: "errors inside a 207 are dropped",
    file: "worker/connectors/hubspot/write.ts",
    from: "outcomes.set(row.operationId, done ?? refused ?? leftOut);",
    to:
      "outcomes.set(row.operationId, " +
      `done ?? (refused ? { kind: "done", id: row.id, wire: null } : leftOut));`,
  },
  {
    name: "an empty 2xx is a success",
    file: "worker/connectors/hubspot/write.ts",
    from: "outcomes.set(row.operationId, done ?? refused ?? leftOut);",
    to:
      "outcomes.set(row.operationId, " +
      `done ?? refused ?? { kind: "done", id: row.id, wire: null });`,
  },
  {
    name: "batch answers are matched by their position",
    file: "worker/connectors/rest/write.ts",
    from: "settle(toOutcome(context, mapping, task, results.get(task.ref)));",
    to: `settle(toOutcome(context, mapping, task, answer.value[batch.tasks.indexOf(task)]));`,
  },
  {
    name: "a create is repeated under another key",
    file: "worker/jobs/propagate.ts",
    from: `return { kind: "create", operationId: id, key: subject.entityId, set };`,
    to: `return { kind: "create", operationId: id, key: id, set };`,
  },
  {
    name: "what a lost create made is not looked for",
    file: "worker/jobs/recover.ts",
    from: "if (birth !== null) return [];",
    to: "if (birth === null) return [];",
  },
  {
    name: "a lost write is taken as arrived",
    file: "worker/core/overwritten.ts",
    from: "  if (equal(value, written.to)) return true;",
    to: "  return true;",
  },
  {
    name: "taking over an intent forgets what was in it",
    file: "worker/jobs/sync.ts",
    from: "writes: [...(subject.abandoned?.writes ?? []), ...writes],",
    to: "writes,",
  },
  {
    name: "an intent ends though its writes are not settled",
    file: "worker/jobs/conclude.ts",
    from: "unsettled: recovered.unsettled,",
    to: "unsettled: [],",
  },
  {
    name: "writes are sent before they are durable",
    file: "worker/store/intents.ts",
    from: "...statementsFor(db, intendSql, writing, commitId, now),",
    to: "",
  },
  {
    name: "an expected version is not sent",
    file: "worker/jobs/propagate.ts",
    from: "...(version === undefined ? {} : { expectedVersion: version }),",
    to: "",
  },
  {
    name: "what we overwrote unseen is not looked at",
    file: "worker/core/overwritten.ts",
    from: `return { kind: "lost", edit: before };`,
    to: `return { kind: "clean" };`,
  },
  {
    name: "changes of one moment are told the wrong way round",
    file: "worker/connectors/hubspot/record.ts",
    from: "?? []).toReversed().map(",
    to: "?? []).map(",
  },
  {
    name: "a batch is not guarded by the version",
    file: "worker/store/commit-guards.ts",
    from: "AND e.commit_id = ?2 AND e.version > 0)",
    to: ")",
  },
  {
    name: "two jobs may hold one intent",
    file: "worker/jobs/context.ts",
    from: "intentLeaseMs: 60_000,",
    to: "intentLeaseMs: 0,",
  },
  {
    name: "a poke that came meanwhile is deleted with the others",
    file: "worker/store/commit-pokes.ts",
    from: `WHERE (system, object, record_id, arrivals, first_at) IN (
    SELECT j.value->>'system', j.value->>'object', j.value->>'recordId', j.value->>'arrivals',
           j.value->>'firstAt'
    FROM json_each(?1) j
    WHERE (j`,
    to: `WHERE (system, object, record_id) IN (
    SELECT j.value->>'system', j.value->>'object', j.value->>'recordId'
    FROM json_each(?1) j
    WHERE (j`,
  },
  {
    name: "the sweep does not ring",
    file: "worker/jobs/sweep.ts",
    from: "if (waiting.length > 0) await context.ring(waiting, 0);",
    to: "",
  },
  {
    name: "a delivery is acknowledged though it was not stored",
    file: "worker/http/webhooks.ts",
    from: `return answer(503, "not stored, send it again");`,
    to: `return answer(200, "");`,
  },
  {
    name: "events with the same eventId are one event",
    file: "worker/connectors/hubspot/delivery.ts",
    from: "const read = events.map(",
    to: "const read = [...new Map(events.map((one) => [one.eventId, one])).values()].map(",
  },
  {
    name: "an echo hides a person's change that came with it",
    file: "worker/store/mailbox.ts",
    from: "CASE WHEN echo IS NULL OR excluded.echo IS NULL THEN NULL",
    to: "CASE WHEN echo IS NULL THEN excluded.echo WHEN excluded.echo IS NULL THEN echo",
  },
  {
    name: "whoever names us as the author is not listened to",
    file: "worker/jobs/gather.ts",
    from: "poke.echo !== null && isEcho(poke.echo, entity.seen[poke.system], entity.base);",
    to: "poke.echo !== null && isEcho({}, entity.seen[poke.system], entity.base);",
  },
  {
    name: "a record we are creating is adopted as a stranger",
    file: "worker/jobs/adopt.ts",
    from: "const creations = arrived.flatMap(creationOf);",
    to: "const creations: Creation[] = [];",
  },
  {
    name: "a taken unique value is sent again",
    file: "worker/jobs/rivals.ts",
    from: "if (!isFree) judged",
    to: "if (isFree) judged",
  },
  {
    name: "a record may be linked to two entities",
    file: "worker/store/intents.ts",
    from: `  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(e.value->'birth'->'links') o CROSS JOIN links x
    WHERE x.system = o.value->>'system' AND x.object = o.value->>'object'
      AND x.record_id = o.value->>'recordId')
  ON CONFLICT DO NOTHING`,
    to: "  WHERE true ON CONFLICT DO NOTHING",
  },
  {
    name: "an answer holds whatever the values are now",
    file: "worker/core/explain.ts",
    from: "  if (ruling.shown === fingerprint(inputs)) return true;",
    to: "  return true;",
  },
  {
    name: "an answer is taken whatever the person was shown",
    file: "worker/http/card-resolve.ts",
    from: "if (exception.shown !== request.shown) {",
    to: "if (exception.shown === null) {",
  },
  {
    name: "an answer is done when its conflict is",
    file: "worker/http/card-resolve.ts",
    from: `return exception.resolution === "ruled"`,
    to: `return exception.resolution !== ""`,
  },
  {
    name: "who loses is not in the audit",
    file: "worker/jobs/conclude-audit.ts",
    from: ".filter((decision) => decision.because.losers.length > 0)",
    to: ".filter(() => false)",
  },
  {
    name: "an audit entry overwrites nothing, and is left out",
    file: "worker/store/commit.ts",
    from: "const entry = auditEntries + entries.length;",
    to: "const entry = auditEntries + entries.length + 1;",
  },
  {
    name: "being limited for long is giving up",
    file: "worker/core/retry.ts",
    from: `afterwards: "repeat_last" },
  /** Waits`,
    to: `afterwards: "dead_letter" },
  /** Waits`,
  },
  {
    name: "a property that is gone is a blank",
    file: "worker/connectors/hubspot/mapping.ts",
    from: `  if (wire === undefined) return null;
  if (wire === null || wire === "") return held(null);`,
    to: `  if (wire === undefined || wire === null || wire === "") return held(null);`,
  },
  {
    name: "an address keeps its upper case",
    file: "worker/core/forms/contact.ts",
    from: `const text = plain(raw)?.toLowerCase() ?? "";`,
    to: `const text = plain(raw) ?? "";`,
  },
  {
    name: "an id of a merged record is taken for the record itself",
    file: "worker/connectors/hubspot/read.ts",
    from: "const merged = record.id === id ? {} : { mergedInto: record.id };",
    to: "const merged = {};",
  },
  {
    name: "a pause stops nothing",
    file: "worker/jobs/holds.ts",
    from: "const scope = scopes.find((one) => loaded.paused.has(one));",
    to: "const scope = scopes.find(() => false);",
  },
  {
    name: "the brake never holds",
    file: "worker/core/brake.ts",
    from: "if (on && released === 0) {",
    to: "if (on && released < 0) {",
  },
  {
    name: "a value is in a log line",
    file: "worker/http/webhooks.ts",
    from: "pokes: pokes.length,",
    to: "pokes: pokes.map(({ echo }) => echo),",
  },
  {
    name: "what was known of who is forgotten is kept",
    file: "worker/jobs/erase.ts",
    from: "values: first },",
    to: "values: false },",
  },
  {
    name: "who is forgotten is destroyed where it was asked only",
    file: "worker/jobs/erase.ts",
    from: `answer.kind === "found" && !paused.has(\`system:\${system}\`)
      ?`,
    to: `answer.kind === "found" && system === ""
      ?`,
  },
  {
    name: "a deletion is believed at once",
    file: "worker/jobs/gone.ts",
    from: "if (!isGone(answer) || isGone(second)) return [system, answer] as const;",
    to: "if (second !== null) return [system, answer] as const;",
  },
  {
    name: "what was edited meanwhile is deleted with the others",
    file: "worker/jobs/gone.ts",
    from: `if (edited.length > 0) return { kind: "asks", edited };`,
    to: `if (edited.length < 0) return { kind: "asks", edited };`,
  },
  {
    name: "a cursor moves past what it did not store",
    file: "worker/store/cursors.ts",
    from: "...pokeStatements(db, pokes, now),",
    to: "...pokeStatements(db, [], now),",
  },
  {
    name: "a scan does not poke what differs",
    file: "worker/jobs/scan-walk.ts",
    from: "dry ? [] : findings.map(",
    to: "!dry ? [] : findings.map(",
  },
  {
    name: "a scan takes what it knows for a difference",
    file: "worker/jobs/scan-judge.ts",
    from: "if (open.length === 0) return null;",
    to: "if (open.length < 0) return null;",
  },
  {
    name: "a chain forgets what came before",
    file: "worker/core/audit-chain.ts",
    from: "chain: await linkOf({ ...entry, commitment }, head) };",
    to: "chain: await linkOf({ ...entry, commitment }, emptyHead) };",
  },
  {
    name: "an old secret is forgotten as soon as there is a new one",
    file: "worker/connectors/hubspot/signature.ts",
    from: 'for (const secret of secrets.filter((secret) => secret !== "")) {',
    to: "for (const secret of secrets.slice(0, 1)) {",
  },
];
