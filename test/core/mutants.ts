/**
 * Faults that somebody might make in the core, one edit each. Every one must be caught by the fast
 * tests; a mutant that lives is a test that is missing.
 */
export interface Mutant {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

const inFile =
  (file: string) =>
  ([from, to]: readonly [string, string]): Mutant => ({ file: `worker/core/${file}`, from, to });

export const mutants: readonly Mutant[] = [
  ...(
    [
      ["if (record === undefined) continue;", "if (record === undefined) unseen.push(system);"],
      ["if (observation === undefined) unseen.push(system);", "if (observation === undefined) {}"],
      ["changed: !equal(value, agreed), at", "changed: value !== agreed, at"],
      ["valid: false, changed: true", "valid: true, changed: true"],
      ["if (inputs.length > 1) return null;", "if (inputs.length > 2) return null;"],
      ["unseen.length > 0\n      ?", "unseen.length > 1\n      ?"],
      ["inputs.some(({ valid }) => !valid)) return null;", "false) return null;"],
      ["base !== undefined && !first.changed", "!first.changed"],
      ["ruling === undefined || !stillFits(ruling, inputs)", "ruling === undefined"],
      ['if (refusal !== null) return conflict(sight, "pattern", refusal);', ""],
      ['ruling.person.name ?? "A person"', '"A person"'],
      ["view.scan === true", "view.scan === false"],
      ["blanksCount = !field.guards.rejectBlank;", "blanksCount = true;"],
      ["!one.changed || (one.value === null && !blanksCount)", "!one.changed"],
      ["else same.holders.push(one);", ""],
      ["base === undefined && more.length === 0", "more.length === 0"],
      ["if (!one.changed) return [one];", "if (!one.changed) return [];"],
      [".slice(0, 1);", ".slice(-1);"],
      ['actor?.kind === "person" && at !== null', 'actor?.kind === "person"'],
      ["Number(far.at) > Number(so.at) ? far : so", "Number(far.at) < Number(so.at) ? far : so"],
      ["unseen.length > 0 && discards", "unseen.length > 0"],
      ["unseen.length > 0 && discards", "false"],
      ["verdict.value === null && field.guards.rejectBlank", "verdict.value === null"],
      ['refusal !== null && verdict.kind === "take"', "refusal !== null"],
      ["if (closed.length === 0) return judgement;", "return judgement;"],
      ["pattern === undefined || value === null", "pattern === undefined"],
      ["texts.every((text)", "texts.some((text)"],
      ["ruling !== undefined && !stillFits(ruling, inputs);", "ruling !== undefined;"],
      ["one.changed && !(one.valid && equal(", "!(one.valid && equal("],
      [".filter(({ valid, value }) => !valid || !equal(", ".filter(({ value }) => !equal("],
    ] as const
  ).map(inFile("reconcile.ts")),
  ...(
    [
      ["at >= latest - rules.skewToleranceMs", "at > latest - rules.skewToleranceMs"],
      ["at === null || at >= latest", "at !== null && at >= latest"],
      ["Math.min(...times)", "Math.max(...times)"],
      ["at > now + rules.skewToleranceMs", "at > now + 10 * rules.skewToleranceMs + 1e9"],
      [".sort((a, b) => Number(b.at)", ".sort((b, a) => Number(b.at)"],
      ["if (preferred !== undefined) {", "if (preferred === undefined) {"],
      ["if (unseen.includes(system)) {", "if (false) {"],
      ["if (!inputs.some((input) => input.system === system)) {", "if (false) {"],
      ['intruders.length === 0 || elsewhere === "revert"', 'elsewhere === "revert"'],
      ['intruders.length === 0 || elsewhere === "revert"', "true"],
      ['if (elsewhere === "ask") {', 'if (elsewhere === "revert") {'],
      ["sentence, lean: system };", "sentence };"],
      ["if (contest.base === undefined) {", "if (false) {"],
      ["(base === null || base === undefined)", "true"],
      ["if (!kept.has(one)) merged.delete(one);", ""],
      ["for (const one of members(value)) merged.add(one);", ""],
      ["sorted.length === 0 ? null : sorted", "sorted"],
      ["so === null || sign * compare", "so === null || compare"],
      [
        "sign * compare(type, agreed, best.value) >= 0",
        "sign * compare(type, agreed, best.value) > 1",
      ],
      ["...(agreed === null ? [] : [agreed])", "...(agreed === null ? [agreed] : []) as []"],
      [".size <= 1", ".size <= 2"],
      ["if (!fieldHolds(condition, contest.agreed)) continue;", ""],
      [
        "condition.actor === undefined && condition.withinHours === undefined) {\n      return",
        "condition.actor === undefined) {\n      return",
      ],
      ["if (contest.incumbents.some(meets)) {", "if (false) {"],
      ["const isWhole = more.length + 1 ===", "const isWhole = more.length !=="],
      ["contest.now - at <= condition", "contest.now - at < condition"],
      ["if (at === null || isFuture(contest, at)) return false;", "if (at === null) return false;"],
      ["return condition.field.in.some(", "return condition.field.in.every("],
    ] as const
  ).map(inFile("policies.ts")),
  ...(
    [
      ["record === undefined || record[field]", "record?.[field]"],
      ["values.length < 2 || value === undefined", "value === undefined"],
      ["other !== undefined && equal(other, value)", "other === undefined || equal(other, value)"],
      ["decision.because.rule !== waiting && inSight", "inSight"],
      ["else if (decision.because.rule !== waiting && inSight(object, field, view)) ", "else "],
      ['verdict.kind === "conflict" || verdict.kind === "invalid"', 'verdict.kind === "conflict"'],
      [
        "const next: Record<FieldName, Held> = { ...base };",
        "const next: Record<FieldName, Held> = {};",
      ],
    ] as const
  ).map(inFile("plan.ts")),
  ...(
    [
      ["inputs.map(tag).sort()", "inputs.map(tag)"],
      ["input.valid && heldKey(input.value) === decided", "heldKey(input.value) === decided"],
      ['input.valid ? "" : "?"', '""'],
      ["Math.floor(ms / unitMs)", "Math.round(ms / unitMs)"],
      ["{input.system}\\n", "{1}\\n"],
    ] as const
  ).map(inFile("explain.ts")),
  ...(
    [
      ["held.length > 0 ? held : hitsBy(object, newcomer, candidates, goesBy)", "held"],
      ["held.length > 0 ? held : hitsBy", "hitsBy"],
      ["const other = later.find(", "const other = [].find("],
      ["if (others.length > 0) return ambiguous", "if (false) return ambiguous"],
      ["return only.linked\n", "return false\n"],
      ["byAlias: held.length === 0", "byAlias: false"],
      ["hitsBy(object, newcomer, others, goesBy)", "hitsBy(object, newcomer, others, holds)"],
      ["found: [newcomer, ...first.found]", "found: first.found"],
      ["|| !isAnonymous(object, newcomer)", ""],
      ["!candidate.linked &&", ""],
      ["candidate).score >= scoreMin", "candidate).score > scoreMin"],
      ["candidate).score >= scoreMin", "candidate).score >= 0"],
      ["held === null ? further : [held, ...further]", "further"],
      ["...(one.aliases?.[field] ?? []), ", ""],
      ["[...holds(field, record), ...further", "[...further"],
      [".filter((one) => !isShared(field, one))", ""],
      ["value === null || isShared(field, value)", "value === null"],
      ["b.score - a.score", "a.score - b.score"],
      [".slice(0, candidatesMax)", ""],
    ] as const
  ).map(inFile("match.ts")),
  ...(
    [
      ["a === null || b === null || isShared(field, a)", "a === null || b === null"],
      ["score >= scoreMin).map", "score > 0).map"],
      ["Math.round(total / compared.length)", "Math.round(total)"],
      ["if (count === 0) continue;", ""],
      ["(2 * shared) / size", "shared / size"],
      ['.replaceAll(legalForms, "")', ""],
      ['.replaceAll(/\\p{M}/gu, "")', ""],
      ["equal(a, b) ? 100 : 0", "100"],
    ] as const
  ).map(inFile("likeness.ts")),
  ...(
    [
      ["now < state.windowAt + rules.windowMs", "now <= state.windowAt + rules.windowMs"],
      ["current ? state.writes : 0", "state?.writes ?? 0"],
      ["current ? state.blanks : 0", "state?.blanks ?? 0"],
      ["current ? state.deletes : 0", "state?.deletes ?? 0"],
      ["writes + 1 > rules.writesMax", "writes > rules.writesMax"],
      ["more.blanks > 0 && ", ""],
      ["more.deletes > 0 && ", ""],
      ["on ||= over;", "on = over;"],
      ["on && released === 0", "on"],
      ["if (on) released -= 1;", ""],
      ["deletes += more.deletes;", ""],
    ] as const
  ).map(inFile("brake.ts")),
  ...(
    [
      ["if (now < state.closedUntil) return", "if (false) return"],
      ["state.used >= Math.floor(rules.dailyMax", "state.used > Math.floor(rules.dailyMax"],
      ["if (ask.search && rules", "if (rules"],
      ["state.searches.length >= rules", "state.searches.length > rules"],
      [
        "const keptWaiting = { ...state.keptWaiting, [ask.lane]: now };",
        "const { keptWaiting } = state;",
      ],
      ["const kept = isWaiting ? share :", "const kept ="],
      ["Math.max(state.used, usedByAll)", "usedByAll"],
      ["Math.max(0, spent)", "0"],
      ["Math.max(state.closedUntil, now", "Math.max(0, now"],
      ["day === state.day ? state.used : 0", "state.used"],
      ["after(now - rules.windowMs,", "after(now - 2 * rules.windowMs,"],
      ["after(now - secondMs,", "after(now - 2 * secondMs,"],
      ["Math.min(at, now)", "at"],
      ["Math.min(state.closedUntil, now + closedMsMax)", "state.closedUntil"],
      ["endsAt < midnight ? Math.round(endsAt) : null", "Math.round(endsAt)"],
    ] as const
  ).map(inFile("budget.ts")),
  ...(
    [
      ["isOurs(one) && equal(one.value, written.to)", "equal(one.value, written.to)"],
      ["isOurs(one) && equal(one.value, written.to)", "isOurs(one)"],
      ["!isOurs(one) || one.value !== null", "true"],
      ["isOurs(before) || equal(before.value, written.from)", "equal(before.value, written.from)"],
      ["isOurs(before) || equal(before.value, written.from)", "isOurs(before)"],
      ["if (equal(value, written.to)) return true;", ""],
      ["ours > 0 && ", ""],
      [" && !story.slice(0, ours).some((one) => equal(one.value, from))", ""],
      ["at === null ? []", "at === 0 ? []"],
    ] as const
  ).map(inFile("overwritten.ts")),
  ...(
    [
      ['observation.kind === "held" && equal(observation.value, known ?? null)', "true"],
      ["known ?? null", 'known ?? "?"'],
      ['writes.length > 0 || verdict.kind === "conflict"', "writes.length > 0"],
      ['writes.length > 0 || verdict.kind === "conflict"', 'verdict.kind === "conflict"'],
      ["holders.length < 2 ? []", "holders.length < 1 ? []"],
      ["isHeld || differs.has(critical)", "differs.has(critical)"],
      ["isHeld || differs.has(critical)", "isHeld"],
      ["if (pipeline.closed.includes(stage)) return {};", ""],
      ["guards.critical);", "!guards.critical);"],
      ["!isAlone && ", ""],
      ["new Big(b).times(sign)", "new Big(b)"],
      ["{ invalid: observation.raw }", "observation.raw"],
      ["now - scanned.startedAt > dayMs", "now - scanned.startedAt > 2 * dayMs"],
      ["Big.roundDown", "Big.roundUp"],
      ["Math.min(...shares", "Math.max(...shares"],
      ["sure.lt(0) ? new Big(0) :", "false ? new Big(0) :"],
    ] as const
  ).map(inFile("parity.ts")),
  ...(
    [
      [
        "known !== undefined && agreed !== undefined && equal(known, value)",
        "agreed !== undefined",
      ],
      [" && equal(agreed, value)", ""],
    ] as const
  ).map(inFile("echo.ts")),
  ...(
    [
      ["{field}\\n$", "{1}\\n$"],
      ["held === null ? [] : [held]", "[]"],
      ["...(aliases[field] ?? [])", ""],
      ['padStart(2, "0")', 'padStart(1, "0")'],
    ] as const
  ).map(inFile("tombstone.ts")),
  ...(
    [
      ["last === null ? ids : [last, ...ids]", "ids"],
      ['isSorted(walked, before) ? before : "none"', "isSorted(walked, before) ? before : before"],

      ["walked.length < 2", "walked.length < 1"],
      ["previous.length !== id.length", "false"],
      ["return previous < id;", "return previous <= id;"],
      ["lengthMin: from + 1,", "lengthMin: from,"],
      ["upTo !== null && from === to", "upTo !== null && from > to"],
    ] as const
  ).map(inFile("id-order.ts")),
  ...(
    [
      ["if (entry !== index) return", "if (entry < index) return"],
      ["!erased && ", "false && "],
      ["one.detail === null || one.salt === null", "true"],
      ["head = one.chain;", ""],
      ["right === undefined ? Promise.resolve(left) :", "false ? Promise.resolve(left) :"],
      [
        "[head, entityId, entry, at, kind, commitment]",
        "[head, entityId, entry, kind, commitment]",
      ],
      ["(head) => hash(`\\u0000$", "(head) => hash(`$"],
    ] as const
  ).map(inFile("audit-chain.ts")),
  ...(
    [
      ["if (isFixed(roles, person)) return", "if (false) return"],
      ["if (own !== undefined) return own.role;", ""],
      ["rankOf(b) - rankOf(a)", "rankOf(a) - rankOf(b)"],
      ["holder.kind === kind && ", ""],
      ['holder.kind === "user" && ', ""],
      ['role.scope === "own" ? own :', "true ? own :"],
      ["owner !== null && covered", "owner === null || covered"],
    ] as const
  ).map(inFile("roles.ts")),
  ...(
    [
      ["Math.min(longestMs, ", "Math.min(2 * longestMs, "],
      ["Math.max(0, at", "Math.abs(at"],
      ["Math.max(before, openedAt)", "openedAt"],
      ["before = at;", ""],
      ["a.at - b.at", "b.at - a.at"],
    ] as const
  ).map(inFile("settling.ts")),
  ...(
    [
      ["name ?? wordOf", "wordOf"],
      ["?? identity;", ";"],
      ["text.length <= max", "text.length < max"],
      ["max - 1", "max"],
      ['.replace(/[\\uD800-\\uDBFF]$/, "")', ""],
      ["value.length > shown.length", "false"],
    ] as const
  ).map(inFile("title.ts")),
  ...(
    [
      ["rules.version + 1", "rules.version"],
      ["before === undefined ? [] :", "false ? [] :"],
    ] as const
  ).map(inFile("proposal.ts")),
  ...(
    [
      ['if (key === "label" && typeof value === "string") return undefined;', ""],
      [' && typeof value === "string") return', ") return"],
      [".sort(([a], [b]) => (a < b ? -1 : 1))", ""],
    ] as const
  ).map(inFile("rules.ts")),
  ...(
    [
      ["delaysMs[attempt - 1]", "delaysMs[attempt]"],
      ["retryAfterMs + spreadMs / 2", "retryAfterMs - spreadMs / 2"],
      ["0.5 + random01 / 2", "random01"],
      ["Math.min(Math.round(delayMs), delayMaxMs)", "Math.round(delayMs)"],
      [
        '10 * second, minute], afterwards: "repeat_last"',
        '10 * second, minute], afterwards: "dead_letter"',
      ],
    ] as const
  ).map(inFile("retry.ts")),
  ...(
    [
      ['if (typeof raw === "string") return raw.trim() === "";', 'if (raw === "") return true;'],
      ["value.length > type.lengthMax", "value.length >= type.lengthMax"],
      ["isSet(a) === isSet(b) && ", ""],
      ["parts.length === Object.keys(b).length", "true"],
      ["byCodeUnit(one.currency, other.currency) || ", ""],
      ["type.order.indexOf(left) - type.order.indexOf(right)", "byCodeUnit(left, right)"],
      ["if (hasBlankAmount(raw)) return yes(null);", ""],
      ['if (name !== "") names.add(name);', "names.add(name);"],
      ["yes([...names].sort(byCodeUnit))", "yes([...names])"],
      ["only === undefined || others.length > 0", "only === undefined"],
    ] as const
  ).map(inFile("canonical.ts")),
  ...(
    [
      ['.normalize("NFC")', ""],
      ['.replaceAll(/\\r\\n?/g, "\\n")', ""],
      ["Number.isFinite(raw)", "true"],
    ] as const
  ).map(inFile("forms/text.ts")),
  ...(
    [
      ['?.toLowerCase() ?? ""', ' ?? ""'],
      ["extract: false,", ""],
      ["!number.isPossible()", "false"],
      ["number.ext === undefined", "true"],
      ['!parsed.hostname.includes(".")', "false"],
      ['&& parsed.search === ""', ""],
      ["|| /\\s/.test(text)", ""],
      ["!isPublic) return", "false) return"],
    ] as const
  ).map(inFile("forms/contact.ts")),
  ...(
    [
      ["Big.roundHalfUp", "Big.roundDown"],
      ["currency.trim().toUpperCase()", "currency"],
      ["|| !isCurrency(code)", ""],
      ["(,\\d{3}){2,}$|", "(,\\d{3})+$|"],
      ['.replaceAll(".", "").replace(",", ".")', '.replaceAll(".", "")'],
    ] as const
  ).map(inFile("forms/number.ts")),
  ...(
    [
      ["text === day ? isDay(day) :", "text === day ||"],
      ["Math.floor(ms / precisionMs)", "Math.round(ms / precisionMs)"],
      ["year > 9999", "false"],
      ["at.toISOString().startsWith(text)", "true"],
    ] as const
  ).map(inFile("forms/time.ts")),
  ...(
    [
      ["if (stranger !== undefined) {", "if (false) {"],
      ['key === "country" ? country(part) : part', "part"],
      ["aliases.get(text.toUpperCase()) ?? ", ""],
    ] as const
  ).map(inFile("forms/address.ts")),
  ...(
    [
      ["if (places !== 1)", "if (places < 1)"],
      ["if (contradictions.length > 0) throw", "if (contradictions.length > 1) throw"],
      ['policy.rule !== "owned" || policy.system !== system', 'policy.rule !== "owned"'],
      ["option.strict()", "option"],
      ["...policyContradictions(object, field, use),", ""],
      ["config.rank.filter((system) => has(field.in, system))", "Object.keys(field.in)"],
    ] as const
  ).map(inFile("configure.ts")),
];
