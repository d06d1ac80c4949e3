/**
 * The pages of a run, the next one asked for while one is being compared, so that the budget and
 * not the way there and back says how fast a run goes. Invariant: at most one page is asked for
 * ahead, so that whatever ends a worker repeats the page it was at and cuts off one call.
 */
import type { SystemId, SystemRecord } from "../../shared/record.ts";
import type { Page } from "../connectors/connector.ts";
import { assert } from "../core/assert.ts";
import type { ObjectMapping } from "../core/rules.ts";
import { connectorOf, type JobContext } from "./context.ts";

/** Which page: of a system, after a cursor. */
export interface Place {
  readonly system: SystemId;
  readonly mapping: ObjectMapping;
  readonly cursor: string | null;
}

export interface Listed {
  readonly page: Page<SystemRecord>;
  /** When it was asked for. */
  readonly listedAt: number;
}

export interface Pages {
  at(place: Place): Promise<Listed>;
  /** Unless the worker is about to pass the run on. */
  ahead(place: Place): void;
  /** What was asked for ahead is not as good as new any more. Answers with the calls wasted. */
  forget(): number;
  readonly isAhead: boolean;
}

interface Ahead {
  readonly name: string;
  readonly asked: Promise<{ readonly listed: Listed } | { readonly error: unknown }>;
}

export function pagesOf(context: JobContext, isSpent: () => boolean): Pages {
  let next: Ahead | null = null;
  const ask = async ({ system, mapping, cursor }: Place): Promise<Listed> => {
    const connector = connectorOf(context, system);
    assert(connector.list !== undefined, "only systems that have a list are asked for pages");
    const listedAt = context.now();
    return { page: await connector.list(mapping, cursor), listedAt };
  };
  return {
    async at(place) {
      const known = next?.name === nameOf(place) ? next : null;
      next = null;
      if (known === null) return ask(place);
      const asked = await known.asked;
      if ("error" in asked) throw asked.error;
      return asked.listed;
    },
    ahead(place) {
      if (isSpent()) return;
      // What went wrong is told when the page's turn comes, or never.
      const asked = ask(place).then(
        (listed) => ({ listed }),
        (error: unknown) => ({ error }),
      );
      next = { name: nameOf(place), asked };
    },
    forget() {
      const wasted = next === null ? 0 : 1;
      next = null;
      return wasted;
    },
    get isAhead() {
      return next !== null;
    },
  };
}

const nameOf = ({ system, mapping, cursor }: Place): string =>
  JSON.stringify([system, mapping.object, cursor]);
