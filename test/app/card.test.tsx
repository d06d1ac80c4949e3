/** The sidebar card: every state, every answer to a choice, and one request a click. */
import {
  Accordion,
  Alert,
  Button,
  CurrencyInput,
  DateInput,
  Dropdown,
  ErrorState,
  Form,
  Input,
  Link,
  LoadingButton,
  LoadingSpinner,
  Select,
  StatusTag,
  TextArea,
  Tooltip,
} from "@hubspot/ui-extensions";
import type { RenderedFragmentNode } from "@hubspot/ui-extensions/testing";
import { describe, expect, it, vi } from "vitest";
import { type CardAnswer, cardAnswerSchema } from "../../shared/contract.ts";
import { now, type OpenCard, openCard, openWith, problemsOf, textOf } from "./card-harness.tsx";
import { comparisons, error, fixtures, ok, settlements } from "./fixtures.ts";

const answers = fixtures(now);
const replies = settlements(now);

const standing = (card: OpenCard) => card.findByTestId(StatusTag, "standing").text;
const loadingButton = (card: OpenCard, testId: string) => card.findByTestId(LoadingButton, testId);
const click = (card: OpenCard, testId: string) => loadingButton(card, testId).trigger("onClick");
const recordOf = (answer: CardAnswer) => answer.record!;

describe("the fixtures", () => {
  it.each(Object.entries({ ...answers, ...replies }))("%s fits the contract", (_, answer) => {
    expect(cardAnswerSchema.parse(answer)).toEqual(answer);
  });
});

describe("opening a record", () => {
  it("asks once, for this record, and says that it is comparing", async () => {
    const card = openCard();
    expect(card.find(LoadingSpinner).props.label).toBe("Comparing this record");
    const request = await card.take("/card/record");
    expect(request).toMatchObject({
      path: "/card/record?objectTypeId=0-1&objectId=151",
      method: "GET",
      body: undefined,
      timeout: 10_000,
    });
    expect(card.requests).toHaveLength(1);
  });

  it.each([
    ["inSync", "success", "Same everywhere"],
    ["unlinked", "default", "Not in Operations yet"],
    ["syncing", "info", "Updating"],
    ["oneConflict", "warning", "1 field differs"],
    ["conflicts", "warning", "2 fields differ"],
    ["dealConflicts", "warning", "4 fields differ"],
    ["viewer", "warning", "1 field differs"],
    ["held", "danger", "Needs a look"],
    ["paused", "default", "Paused"],
    ["related", "success", "Same everywhere"],
    ["ambiguous", "danger", "Needs a look"],
    ["gone", "danger", "Needs a look"],
    ["unreachable", "warning", "Can't compare now"],
  ] as const)("%s shows %s: %s", async (name, variant, text) => {
    const card = await openWith(answers[name]);
    const tag = card.findByTestId(StatusTag, "standing");
    expect([tag.props.variant, tag.text]).toEqual([variant, text]);
  });

  it.each([
    ["forbidden", "lock", "You may not see this record's sync state."],
    ["unavailable", "error", "Nothing is lost"],
  ] as const)("%s shows why, and nothing to click that cannot help", async (name, type, text) => {
    const card = await openWith(answers[name]);
    expect(card.find(ErrorState).props.type).toBe(type);
    expect(card.text()).toContain(text);
    expect(card.maybeFind(Button) === null).toBe(name === "forbidden");
  });

  it("a record nobody keeps in sync says so quietly", async () => {
    const card = await openWith(answers.notSynced);
    expect(standing(card)).toBe("Not kept in sync");
    expect(card.text()).toContain("Tickets are not kept the same");
    expect(card.maybeFind(ErrorState)).toBeNull();
  });

  it("has at most one primary button in any state", async () => {
    for (const answer of Object.values(answers)) {
      const card = await openWith(answer);
      const primaries = [...card.findAll(LoadingButton), ...card.findAll(Button)].filter(
        (button) => button.props.variant === "primary",
      );
      expect(primaries.length).toBeLessThanOrEqual(1);
    }
  });

  it("says how fresh it is by the service's clock, whatever the reader's clock says", async () => {
    const record = { ...recordOf(answers.inSync), readAt: now - 5 * 3_600_000 };
    const card = await openWith(ok(record));
    expect(card.text()).toContain("7 of 7 fields match, checked just now");
  });

  it("links to the record in the other system, not to the page it stands on", async () => {
    const card = await openWith(answers.inSync);
    const links = card.findAll(Link);
    expect(links.map((link) => link.props.href)).toEqual([
      { url: "https://ops.example.com/customers/c-20418", external: true },
    ]);
  });

  it("folds the last changes, each with its reason", async () => {
    const card = await openWith(answers.inSync);
    const changes = card.find(Accordion);
    expect(changes.props.defaultOpen ?? false).toBe(false);
    expect(textOf(changes)).toContain("Job title from Head of Support to VP Support");
    expect(textOf(changes)).toContain(
      "4 minutes ago. Only HubSpot changed it. Set by Maria Lopez in HubSpot.",
    );
  });

  it("says what is held back and what to do", async () => {
    const card = await openWith(answers.held);
    expect(card.text()).toContain("Operations did not accept +1 415 555 01.");
    expect(card.text()).toContain("Correct the number in HubSpot.");
  });

  it("says that nothing is lost while a system does not answer", async () => {
    const card = await openWith(answers.unreachable);
    expect(card.find(Alert).props.title).toBe("Operations can't be reached");
    expect(textOf(card.find(Alert))).toContain("Nothing is lost");
  });

  it("tells a viewer, and offers nothing to choose", async () => {
    const card = await openWith(answers.viewer);
    expect(card.text()).toContain("You can see this, but not settle it");
    expect(card.findAll(LoadingButton).map((button) => button.props.testId)).toEqual(["sync-now"]);
  });

  it("without the service's address says who can mend it", () => {
    const card = openCard({ variables: {} });
    expect(card.find(ErrorState).props.title).toBe("This card isn't set up yet");
    expect(card.requests).toEqual([]);
  });
});

describe("when the service cannot be asked", () => {
  it.each([
    ["HTTP 401", 401, "refused this card"],
    ["HTTP 404", 404, "out of date"],
    ["HTTP 429", 429, "HubSpot is busy"],
    ["HTTP 502", 502, "can't be reached"],
    ["HTTP 504", 504, "can't be reached"],
  ] as const)("%s and a thrown %s say the same", async (_, status, words) => {
    const resolved = openCard();
    (await resolved.take("/card/record")).reply(status);
    await resolved.says(words);
    const thrown = openCard();
    (await thrown.take("/card/record")).fail({
      responseBody: "upstream failed",
      context: { appServerStatusCode: [String(status)] },
    });
    await thrown.says(words);
  });

  it("an answer it does not understand asks for a reload", async () => {
    const card = openCard();
    (await card.take("/card/record")).reply({ ok: true, record: { state: "new" } } as never);
    await card.says("out of date");
    card.findByTestId(Button, "retry").trigger("onClick");
    expect(card.mocks.actions.reloadPage.calls).toHaveLength(1);
  });

  it("silence ends after the time-out, and trying again asks again", async () => {
    const card = openCard();
    await card.take("/card/record");
    card.advance(12_000);
    await card.says("Nothing is lost");
    card.findByTestId(Button, "retry").trigger("onClick");
    (await card.take("/card/record")).reply(answers.inSync);
    await card.says("Same everywhere");
  });

  it("later on, what was shown stays, with a warning and its age", async () => {
    const card = await openWith(answers.inSync);
    card.advance(8_000);
    (await card.take("/card/record")).reply(502);
    await card.says("What you see was true just now.");
    expect(standing(card)).toBe("Same everywhere");
    card.advance(180_000);
    (await card.take("/card/record")).reply(502);
    await card.says("What you see was true 3 minutes ago.");
  });
});

describe("a settled difference", () => {
  const undoable = async () => {
    const card = await openWith(answers.settled);
    expect(standing(card)).toBe("Same everywhere");
    expect(card.text()).toContain(
      "Settled by Maria Lopez: “+1 415 555 0132” in HubSpot and Operations",
    );
    return card;
  };

  it("can be taken back for the time that is left, with one request a click", async () => {
    const card = await undoable();
    expect(card.text()).toContain("For 9 minutes more");
    click(card, "undo-phone");
    click(card, "undo-phone");
    await card.says("Taking it back");
    const request = await card.take("/card/undo");
    expect(request.body).toEqual({
      objectTypeId: "0-1",
      objectId: "151",
      exceptionId: recordOf(answers.settled).settled[0]!.conflict.exceptionId,
    });
    request.reply(replies.undone);
    await card.says("1 field differs");
    expect(loadingButton(card, "keep-phone-hubspot").text).toContain("HubSpot");
    expect(card.requests).toHaveLength(2);
  });

  it("says why it was not taken back, and offers it no more", async () => {
    const card = await undoable();
    click(card, "undo-phone");
    (await card.take("/card/undo")).reply(replies.editedSince);
    await card.says("Somebody changed it since, so nothing was taken back.");
    expect(card.maybeFindByTestId(LoadingButton, "undo-phone")).toBeNull();
  });

  it("can be proposed as a rule, in words, once", async () => {
    const card = await undoable();
    const name = `propose-${recordOf(answers.settled).settled[0]!.conflict.exceptionId}`;
    expect(card.text()).toContain("Proposes a rule: HubSpot wins where it changed too");
    click(card, name);
    click(card, name);
    const request = await card.take("/card/propose");
    request.reply(answers.settled);
    await card.says("Proposed as a rule. An administrator decides on it.");
    expect(card.maybeFindByTestId(LoadingButton, name)).toBeNull();
    expect(card.requests).toHaveLength(2);
  });

  it("can be tried again where no answer came", async () => {
    const card = await undoable();
    click(card, "undo-phone");
    (await card.take("/card/undo")).reply(502);
    await card.says("No answer came. Nothing is lost: try again.");
    click(card, "undo-phone");
    (await card.take("/card/undo")).reply(replies.undone);
    await card.says("1 field differs");
  });

  it("is offered to nobody when its time is over, or to whom it is not", async () => {
    const record = recordOf(answers.settled);
    const [answer] = record.settled;
    const card = await openWith(ok({ ...record, settled: [{ ...answer!, undoUntil: null }] }));
    expect(card.text()).toContain("Settled by Maria Lopez");
    expect(card.text()).not.toContain("Undo");
    const late = await undoable();
    late.advance(10 * 60_000);
    (await late.take("/card/record")).reply(502);
    await late.says("What you see was true 10 minutes ago.");
    expect(late.text()).toContain("Settled by Maria Lopez");
    expect(late.text()).not.toContain("Undo");
  });
});

describe("why a value is here", () => {
  it("is told beside the record too, for every field, when asked", async () => {
    const card = await openWith(answers.oneConflict);
    card.findByTestId(Button, "all-fields").trigger("onClick");
    await card.says("Reading every field");
    (await card.take("/card/fields")).reply(comparisons(now).fields);
    await card.says("+1 415 555 0132 (HubSpot) +1 415 555 0199 (Operations)");
    expect(card.text()).toContain("Job title VP Support Why?");
    expect(card.findByTestId(Button, "why-job_title").text).toBe("Why?");
    card.findByTestId(Button, "all-fields").trigger("onClick");
    await card.waitFor(() => expect(card.maybeFindByTestId(Button, "why-job_title")).toBeNull());
  });

  it("says so where it cannot be told, and has nothing to tell of a record alone", async () => {
    const card = await openWith(answers.oneConflict);
    card.findByTestId(Button, "all-fields").trigger("onClick");
    (await card.take("/card/fields")).reply(502);
    await card.says("Nothing is lost");
    const alone = await openWith(answers.unlinked);
    expect(alone.maybeFindByTestId(Button, "all-fields")).toBeNull();
  });
});

describe("records that this one refers to", () => {
  it("are named, with the way to each, and their ids are never shown", async () => {
    const card = await openWith(answers.related);
    expect(card.text()).toContain("Company from Empty to Brightwater Bikes");
    expect(card.text()).not.toContain("e-1");
    const links = card.findAll(Link).map((link) => [link.text, link.props.href]);
    expect(links).toContainEqual([
      "Brightwater Bikes in Operations",
      { url: "https://ops.example.com/org/o-7", external: true },
    ]);
  });

  it("that are gone are told as such, and many are counted", async () => {
    const record = recordOf(answers.related);
    const [change] = record.changes;
    const to = ["e-1", "e-2", "e-3", "e-4", "e-5"];
    const many = { ...change!, type: { kind: "references", object: "company" } as const, to };
    const names = { "e-1": "Alder", "e-2": "Birch", "e-3": "Cedar", "e-4": "Dogwood" };
    const card = await openWith(ok({ ...record, names, changes: [many] }));
    expect(card.text()).toContain("to Alder, Birch, Cedar and 2 more");
    const gone = await openWith(ok({ ...record, names: {} }));
    expect(gone.text()).toContain("to a record that is gone");
  });
});

describe("pausing", () => {
  it("asks why, in place, and sends it once", async () => {
    const card = await openWith(answers.inSync);
    card.findByTestId(Button, "pause").trigger("onClick");
    await card.says("Why pause it?");
    card.find(Form).trigger("onSubmit");
    await card.says("Say why, so that others know.");
    card.find(Input).trigger("onInput", "  Waiting for the signed contract " as never);
    card.find(Form).trigger("onSubmit");
    card.find(Form).trigger("onSubmit");
    const request = await card.take("/card/pause");
    expect(request.body).toMatchObject({ reason: "Waiting for the signed contract" });
    request.reply(answers.paused);
    await card.says("This record is paused");
    expect(card.requests).toHaveLength(2);
  });

  it("is shown with who and why, and ended with one click", async () => {
    const card = await openWith(answers.paused);
    expect(card.text()).toContain(
      "“Waiting for the signed contract” maria.lopez@example.com, 20 minutes ago.",
    );
    expect(card.maybeFindByTestId(Button, "pause")).toBeNull();
    click(card, "resume");
    (await card.take("/card/resume")).reply(answers.inSync);
    await card.says("Same everywhere");
  });

  it("is nothing to click for who may not", async () => {
    const paused = await openWith(ok({ ...recordOf(answers.paused), mayPause: false }));
    expect(paused.maybeFindByTestId(LoadingButton, "resume")).toBeNull();
    const open = await openWith(ok({ ...recordOf(answers.inSync), mayPause: false }));
    expect(open.maybeFindByTestId(Button, "pause")).toBeNull();
  });

  it.each([
    ["all", null, "All syncing is paused"],
    ["object", "Contact", "Every contact is paused"],
    ["system", "Operations", "Operations is paused"],
    ["field", "Phone", "Phone is paused"],
  ] as const)("of %s is said, and is not ended here", async (of, label, words) => {
    const [pause] = recordOf(answers.paused).pauses;
    const pauses = [{ ...pause!, of, label }];
    const card = await openWith(ok({ ...recordOf(answers.paused), pauses }));
    await card.says(words);
    expect(card.maybeFindByTestId(LoadingButton, "resume")).toBeNull();
  });
});

describe("a question about which record it is", () => {
  it("shows the candidates side by side, and what tells them apart", async () => {
    const card = await openWith(answers.ambiguous);
    expect(card.text()).toContain("2 records have the same E-mail.");
    expect(card.text()).toContain("Operations, changed 2 days ago");
    expect(card.text()).toContain("E-mail ana.silva@example.com, the same");
    expect(card.text()).toContain("Phone +1 415 555 0132 here, +1 415 555 0199 there");
    expect(card.text()).not.toContain("Merge the duplicates");
    const links = card.findAll(Link).map((link) => link.props.href);
    expect(links).toContainEqual({
      url: "https://ops.example.com/customers/c-20977",
      external: true,
    });
  });

  it.each([
    ["x-which-link-0", "This is the same", "link", { system: "ops", recordId: "c-20418" }],
    ["x-which-apart-1", "These are two", "apart", { system: "ops", recordId: "c-20977" }],
    ["x-which-create", "None of these: create it", "create", null],
  ] as const)("%s is answered with one request", async (testId, words, verb, candidate) => {
    const card = await openWith(answers.ambiguous);
    expect(loadingButton(card, testId).text).toBe(words);
    click(card, testId);
    click(card, testId);
    const request = await card.take("/card/answer");
    expect(request.body).toEqual({
      objectTypeId: "0-1",
      objectId: "151",
      exceptionId: "x-which",
      shown: "c-20418,c-20977",
      verb,
      candidate,
    });
    await card.waitFor(() => expect(loadingButton(card, testId).props.loading).toBe(true));
    request.reply(answers.inSync);
    await card.says("Same everywhere");
    expect(card.requests).toHaveLength(2);
  });

  it("says why an answer was not taken, and asks on", async () => {
    const card = await openWith(answers.ambiguous);
    click(card, "x-which-link-0");
    const told = error("settled", "Jonas Weber answered this meanwhile.", null);
    (await card.take("/card/answer")).reply(told);
    await card.says("Jonas Weber answered this meanwhile.");
    click(card, "x-which-link-0");
    (await card.take("/card/answer")).reply(502);
    await card.says("No answer came. Nothing is lost: look again in a moment.");
  });

  it("offers nothing to a viewer, but says what to do", async () => {
    const record = { ...recordOf(answers.ambiguous), mayResolve: false };
    const card = await openWith(ok(record));
    expect(card.findAll(LoadingButton).map((button) => button.props.testId)).toEqual(["sync-now"]);
    expect(card.text()).toContain("Merge the duplicates");
  });
});

describe("a record that was deleted elsewhere", () => {
  it.each([
    ["restore", "Restore it in Operations"],
    ["keep", "Keep it here only"],
  ] as const)("%s takes one click", async (verb, words) => {
    const card = await openWith(answers.gone);
    expect(loadingButton(card, `x-gone-${verb}`).text).toBe(words);
    click(card, `x-gone-${verb}`);
    expect((await card.take("/card/answer")).body).toMatchObject({ verb, candidate: null });
  });

  it("is deleted everywhere only after a second word", async () => {
    const card = await openWith(answers.gone);
    click(card, "x-gone-delete");
    await card.says("Delete it? It can be restored from the recycle bin for a while.");
    expect(card.requests).toHaveLength(1);
    const sure = loadingButton(card, "x-gone-delete");
    expect([sure.text, sure.props.variant]).toEqual(["Yes, delete it", "destructive"]);
    click(card, "x-gone-delete");
    expect((await card.take("/card/answer")).body).toMatchObject({ verb: "delete" });
  });
});

describe("a difference", () => {
  it("shows each system's value with who and when, the recommended first", async () => {
    const card = await openWith(answers.oneConflict);
    const text = card.text();
    expect(text).toContain("HubSpot Maria Lopez, 3 minutes ago +1 415 555 0132");
    expect(text).toContain("Operations Nightly import, 2 hours ago +1 415 555 0199");
    expect(text).toContain("Suggested: HubSpot. HubSpot changed it 2 hours after Operations.");
    const keep = card.findAll(LoadingButton).filter((button) => button.text?.startsWith("Keep"));
    expect(keep.map((button) => [button.text, button.props.variant])).toEqual([
      ["Keep HubSpot value", "primary"],
      ["Keep Operations value", "secondary"],
    ]);
  });

  it("puts the recommended first although it is not the first system", async () => {
    const card = await openWith(answers.conflicts);
    const keep = card.findAll(LoadingButton).filter((button) => button.text?.startsWith("Keep"));
    expect(keep.map((button) => [button.text, button.props.variant])).toEqual([
      ["Keep Operations value", "primary"],
      ["Keep HubSpot value", "secondary"],
      ["Keep HubSpot value", "secondary"],
      ["Keep Operations value", "secondary"],
    ]);
  });

  it("gives the exact time in the account's time zone on hover", async () => {
    const card = await openWith(answers.oneConflict);
    const overlay = loadingButton(card, "keep-phone-hubspot").props
      .overlay as unknown as RenderedFragmentNode;
    expect(overlay.find(Tooltip).text).toBe("Maria Lopez, Nov 23, 2026, 2:02 PM EST");
  });

  it("writes money, dates and blanks as the reader does", async () => {
    const german = await openWith(answers.dealConflicts, {
      locale: "de-de",
      timeZone: "Europe/Berlin",
    });
    expect(german.text()).toContain("12.900,50 $");
    expect(german.text()).toContain("04.12.2026");
    const american = await openWith(answers.dealConflicts);
    expect(american.text()).toContain("$12,900.50");
    expect(american.text()).toContain("Dec 4, 2026");
    expect(american.text()).toContain("Empty");
    expect(loadingButton(american, "keep-close_date-ops").text).toBe("Clear everywhere");
  });

  it("one value in two systems is one choice", async () => {
    const record = recordOf(answers.oneConflict);
    const [conflict] = record.conflicts;
    const third = { ...conflict!.values[1]!, system: "billing", label: "Billing" };
    const card = await openWith(
      ok({ ...record, conflicts: [{ ...conflict!, values: [...conflict!.values, third] }] }),
    );
    const keep = card.findAll(LoadingButton).filter((button) => button.text?.startsWith("Keep"));
    expect(keep.map((button) => button.text)).toEqual([
      "Keep HubSpot value",
      "Keep Operations and Billing value",
    ]);
  });
});

describe("settling", () => {
  it("takes one click, and says so only after the service's word", async () => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-hubspot");
    const request = await card.take("/card/resolve");
    expect(request).toMatchObject({
      method: "POST",
      body: {
        objectTypeId: "0-1",
        objectId: "151",
        exceptionId: "x-phone",
        shown: "phone-1",
        choice: { kind: "keep", system: "hubspot" },
      },
    });
    expect(loadingButton(card, "keep-phone-hubspot").props.loading).toBe(true);
    expect(loadingButton(card, "keep-phone-ops").props.disabled).toBe(true);
    expect(card.text()).not.toContain("Settled");
    request.reply(replies.settled);
    await card.says("Settled: “+1 415 555 0132” in HubSpot and Operations");
    expect(standing(card)).toBe("Same everywhere");
    expect(card.mocks.actions.refreshObjectProperties.calls).toHaveLength(1);
  });

  it("a double click, or a click on the other choice, sends nothing more", async () => {
    const card = await openWith(answers.oneConflict);
    const keep = loadingButton(card, "keep-phone-hubspot");
    const other = loadingButton(card, "keep-phone-ops");
    keep.trigger("onClick");
    keep.trigger("onClick");
    other.trigger("onClick");
    (await card.take("/card/resolve")).reply(replies.settled);
    await card.says("Settled: “+1 415 555 0132”");
    expect(card.requests.filter((request) => request.path === "/card/resolve")).toHaveLength(1);
  });

  it("choices on two fields go out one after the other", async () => {
    const card = await openWith(answers.conflicts);
    click(card, "keep-email-ops");
    click(card, "keep-phone-hubspot");
    const first = await card.take("/card/resolve");
    expect(card.requests.filter((request) => request.path === "/card/resolve")).toHaveLength(1);
    const { conflicts } = recordOf(answers.conflicts);
    first.reply(
      ok({ ...recordOf(answers.conflicts), conflicts: [conflicts[1]!], readAt: now + 1 }),
    );
    const second = await card.take("/card/resolve");
    expect(second.body).toMatchObject({ exceptionId: "x-phone" });
    second.reply(replies.settled);
    await card.says("Same everywhere");
    expect(card.text().match(/Settled/g)).toHaveLength(2);
  });

  it.each([
    ["Take every suggestion", ["ops", "hubspot"]],
    ["Take all from HubSpot", ["hubspot", "hubspot"]],
    ["Take all from Operations", ["ops", "ops"]],
  ])("%s settles all that differs, one after the other", async (label, systems) => {
    const card = await openWith(answers.conflicts);
    const item = card.findAll(Dropdown.ButtonItem).find((each) => each.text === label);
    item!.trigger("onClick");
    const first = await card.take("/card/resolve");
    first.reply(ok({ ...recordOf(answers.conflicts), readAt: now - 1 }));
    const second = await card.take("/card/resolve");
    second.reply(ok({ ...recordOf(answers.inSync), readAt: now + 1 }));
    await card.says("Same everywhere");
    expect([first, second].map(({ body }) => body)).toMatchObject([
      { exceptionId: "x-email", choice: { kind: "keep", system: systems[0] } },
      { exceptionId: "x-phone", choice: { kind: "keep", system: systems[1] } },
    ]);
  });

  it("settling all is offered only where it is possible and makes sense", async () => {
    const labelsOf = async (answer: CardAnswer) =>
      (await openWith(answer)).findAll(Dropdown.ButtonItem).map((item) => item.text);
    expect(await labelsOf(answers.oneConflict)).toEqual([]);
    expect(await labelsOf(ok({ ...recordOf(answers.conflicts), mayResolve: false }))).toEqual([]);
    expect(await labelsOf(answers.dealConflicts)).toEqual([
      "Take all from HubSpot",
      "Take all from Operations",
    ]);
  });

  it.each([
    ["changed", "These values changed just now Look again before you choose.", true],
    ["forbidden", "Only the owner of this contact may settle it.", false],
    ["unreachable", "Operations did not answer, so nothing was changed.", true],
    ["unavailable", "This could not be saved. Try again in a minute.", true],
    ["badRequest", "This card is out of date. Reload the page and choose again.", true],
  ] as const)("%s says what happened and what can be done", async (name, words, again) => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).reply(replies[name]);
    await card.says(words);
    expect(card.text()).not.toContain("Settled");
    expect(card.text().includes("Keep HubSpot value")).toBe(again);
  });

  it("after the values changed, the next click speaks of the new ones", async () => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-ops");
    (await card.take("/card/resolve")).reply(replies.changed);
    await card.says("+1 415 555 0177");
    click(card, "keep-phone-ops");
    expect((await card.take("/card/resolve")).body).toMatchObject({ shown: "phone-2" });
  });

  it("somebody else was first: says who and what", async () => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).reply(replies.settledElsewhere);
    await card.says("Settled by Jonas Weber: “+1 415 555 0199” in HubSpot and Operations");
  });

  it("safe but not confirmed: waits, looks again, and then confirms", async () => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).reply(replies.pending);
    await card.says("Saved, waiting for confirmation");
    expect(card.text()).not.toContain("Settled");
    card.advance(1_000);
    (await card.take("/card/record")).reply(replies.settled);
    await card.says("Settled: “+1 415 555 0132” in HubSpot and Operations");
  });

  it("no answer: looks whether it was saved, and it was", async () => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).reply(504);
    await card.says("Checking whether it was saved");
    card.advance(1_000);
    (await card.take("/card/record")).reply(replies.settled);
    await card.says("Settled: “+1 415 555 0132” in HubSpot and Operations");
  });

  it("no answer: looks whether it was saved, and it was not", async () => {
    const card = await openWith(answers.oneConflict);
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).fail(new Error("connection reset"));
    await card.says("Checking whether it was saved");
    card.advance(1_000);
    const record = { ...recordOf(answers.oneConflict), readAt: now + 1_000 };
    (await card.take("/card/record")).reply(ok(record));
    await card.says("Nothing is lost: choose again.");
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).reply(recordAt(replies.settled, now + 2_000));
    await card.says("Settled: “+1 415 555 0132”");
  });

  it("an older look that was overtaken does not bring the difference back", async () => {
    const card = await openWith(answers.oneConflict);
    card.advance(8_000);
    const slow = await card.take("/card/record");
    click(card, "keep-phone-hubspot");
    (await card.take("/card/resolve")).reply(replies.settled);
    await card.says("Settled: “+1 415 555 0132”");
    slow.reply(answers.oneConflict);
    await vi.waitFor(() => expect(card.planned()).toEqual([8_000]), { interval: 1 });
    expect(standing(card)).toBe("Same everywhere");
    expect(card.text()).toContain("Settled: “+1 415 555 0132”");
  });
});

describe("a typed value", () => {
  async function typing(answer: CardAnswer, field: string): Promise<OpenCard> {
    const card = await openWith(answer);
    card.findByTestId(Button, `type-${field}`).trigger("onClick");
    await card.waitFor(() => card.find(Form));
    expect(problemsOf(card.getRootNode())).toEqual([]);
    return card;
  }
  const submit = (card: OpenCard) => card.find(Form).trigger("onSubmit");

  it("starts from the recommended value and is sent on Enter", async () => {
    const card = await typing(answers.oneConflict, "phone");
    const input = card.find(Input);
    expect(input.props).toMatchObject({
      label: "New value everywhere",
      defaultValue: "+1 415 555 0132",
    });
    input.trigger("onInput", "+1 415 555 0140" as never);
    submit(card);
    const request = await card.take("/card/resolve");
    expect(request.body).toMatchObject({ choice: { kind: "type", text: "+1 415 555 0140" } });
    expect(loadingButton(card, "use-phone").props.loading).toBe(true);
    const { changes } = recordOf(replies.settled);
    request.reply(
      ok({ ...recordOf(replies.settled), changes: [{ ...changes[0]!, to: "+14155550140" }] }),
    );
    await card.says("Settled: “+1 415 555 0140” in HubSpot and Operations");
  });

  it.each([
    ["", "Enter a value first."],
    ["call her", "Enter a phone number with its area code, like +1 415 555 0132."],
  ])("%j is not sent, and the input says why", async (typed, problem) => {
    const card = await typing(answers.oneConflict, "phone");
    card.find(Input).trigger("onInput", typed as never);
    submit(card);
    await card.waitFor(() => expect(card.find(Input).props.validationMessage).toBe(problem));
    expect(card.find(Input).props.error).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(card.requests).toHaveLength(1);
    card.find(Input).trigger("onInput", "+1 415" as never);
    await card.waitFor(() => expect(card.find(Input).props.error).toBe(false));
  });

  it("what the service refuses is said beside the input, which keeps what was typed", async () => {
    const card = await typing(answers.oneConflict, "phone");
    card.find(Input).trigger("onInput", "55555" as never);
    submit(card);
    (await card.take("/card/resolve")).reply(replies.invalid);
    await card.says("This is not a phone number Operations accepts. Add the area code.");
    expect(card.find(Input).props.error).toBe(true);
    card.find(Input).trigger("onInput", "+1 415 555 0140" as never);
    submit(card);
    expect((await card.take("/card/resolve")).body).toMatchObject({
      choice: { kind: "type", text: "+1 415 555 0140" },
    });
  });

  it("can be taken back", async () => {
    const card = await typing(answers.oneConflict, "phone");
    const cancel = card.findAll(Button).find((button) => button.text === "Cancel");
    cancel!.trigger("onClick");
    await card.says("Keep HubSpot value");
    expect(card.maybeFind(Form)).toBeNull();
  });

  it("money is typed as an amount in the systems' currency", async () => {
    const card = await typing(answers.dealConflicts, "amount");
    expect(card.find(CurrencyInput).props).toMatchObject({ currency: "USD", value: 12_400 });
    card.find(CurrencyInput).trigger("onChange", 12_650.5 as never);
    submit(card);
    expect((await card.take("/card/resolve")).body).toMatchObject({
      choice: { kind: "type", text: "12650.5 USD" },
    });
  });

  it("a date is picked", async () => {
    const card = await typing(answers.dealConflicts, "close_date");
    expect(card.find(DateInput).props.value).toEqual({ year: 2026, month: 11, date: 4 });
    card.find(DateInput).trigger("onChange", { year: 2027, month: 0, date: 9 } as never);
    submit(card);
    expect((await card.take("/card/resolve")).body).toMatchObject({
      choice: { kind: "type", text: "2027-01-09" },
    });
  });

  it("a stage is chosen from its names", async () => {
    const card = await typing(answers.dealConflicts, "stage");
    expect(card.find(Select).props.options[0]).toEqual({ value: "scheduled", label: "Scheduled" });
    card.find(Select).trigger("onChange", "won" as never);
    submit(card);
    expect((await card.take("/card/resolve")).body).toMatchObject({
      choice: { kind: "type", text: "won" },
    });
  });

  it("a long text gets room", async () => {
    const card = await typing(answers.dealConflicts, "description");
    expect(card.find(TextArea).props.defaultValue).toContain("Renewal");
  });
});

describe("meanwhile", () => {
  it("a difference settled elsewhere turns into a note instead of vanishing", async () => {
    const card = await openWith(answers.oneConflict);
    card.advance(8_000);
    (await card.take("/card/record")).reply(recordAt(replies.settledElsewhere, now + 8_000));
    await card.says("Settled by Jonas Weber: “+1 415 555 0199” in HubSpot and Operations");
    expect(standing(card)).toBe("Same everywhere");
  });

  it("values that change under the reader are pointed out", async () => {
    const card = await openWith(answers.oneConflict);
    card.advance(8_000);
    (await card.take("/card/record")).reply(recordAt(replies.changed, now + 8_000));
    await card.says("These values changed just now");
    expect(card.text()).toContain("+1 415 555 0177");
  });

  it("a new difference appears by itself", async () => {
    const card = await openWith(answers.inSync);
    card.advance(8_000);
    (await card.take("/card/record")).reply(recordAt(answers.oneConflict, now + 8_000));
    await card.says("1 field differs");
  });

  it("while something is on its way it looks often, then ever less", async () => {
    const card = await openWith(answers.syncing);
    const quick = [1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_000, 4_000, 4_000, 4_000];
    for (const gap of [...quick, 4_000, 8_000, 8_000]) {
      await vi.waitFor(() => expect(card.planned()).toEqual([gap]), { interval: 1 });
      card.advance(gap);
      (await card.take("/card/record")).reply(answers.syncing);
    }
  });

  it("a page left open for hours is hardly looked at", async () => {
    const card = await openWith(answers.inSync);
    for (const [gap, left] of [
      [8_000, 400_000],
      [30_000, 4_000_000],
      [300_000, 0],
    ] as const) {
      await vi.waitFor(() => expect(card.planned()).toEqual([gap]), { interval: 1 });
      card.advance(left);
      if (left > 0) (await card.take("/card/record")).reply(answers.inSync);
    }
  });

  it("an edit on the record page brings the next look forward", async () => {
    const card = await openWith(answers.inSync);
    const [[names, edited]] = card.mocks.actions.onCrmPropertiesUpdate.calls as never as [
      [string, () => void],
    ];
    expect(names).toBe("*");
    edited();
    card.advance(1_500);
    (await card.take("/card/record")).reply(answers.oneConflict);
    await card.says("1 field differs");
  });
});

describe("sync now", () => {
  it("links an unlinked record, once however often it is clicked", async () => {
    const card = await openWith(answers.unlinked);
    expect(loadingButton(card, "sync-now").props.variant).toBe("primary");
    expect(card.text()).toContain("looks for the same record in Operations");
    click(card, "sync-now");
    click(card, "sync-now");
    const request = await card.take("/card/sync");
    expect(request).toMatchObject({
      method: "POST",
      body: { objectTypeId: "0-1", objectId: "151" },
    });
    expect(loadingButton(card, "sync-now").props.loading).toBe(true);
    request.reply(recordAt(answers.inSync, now + 900));
    await card.says("Same everywhere");
    expect(loadingButton(card, "sync-now").props.loading).toBe(false);
    expect(card.requests.filter((each) => each.path === "/card/sync")).toHaveLength(1);
  });

  it("says why it did not work, and keeps what was shown", async () => {
    const card = await openWith(answers.inSync);
    click(card, "sync-now");
    (await card.take("/card/sync")).reply(
      error("unreachable", "Operations did not answer.", recordOf(answers.unreachable)),
    );
    await card.says("Operations did not answer.");
    expect(standing(card)).toBe("Can't compare now");
  });
});

const recordAt = (answer: CardAnswer, readAt: number): CardAnswer =>
  ok({ ...recordOf(answer), readAt });
