/**
 * The pages of a run, asked for in all systems at the same time, and the next of each while one is
 * being compared: so that the budgets and not the way there and back say how fast a run goes.
 * Invariant: of each system at most one page is asked for ahead, and pages are compared one after
 * the other; whatever ends a worker repeats the page it was at and cuts off one call a system.
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
  /** Unless it was asked for already, or the worker is about to pass the run on. */
  ahead(place: Place): void;
  /** The system whose page came first of those that were asked for; null: none was. */
  first(): Promise<SystemId | null>;
  /** What was asked for, of a system or of all, is out of date. Answers with calls wasted. */
  forget(system?: SystemId): number;
  readonly isAhead: boolean;
}

interface Ahead {
  readonly name: string;
  readonly asked: Promise<{ readonly listed: Listed } | { readonly error: unknown }>;
}

export function pagesOf(context: JobContext, isSpent: () => boolean): Pages {
  const next = new Map<SystemId, Ahead>();
  const ask = async ({ system, mapping, cursor }: Place): Promise<Listed> => {
    const connector = connectorOf(context, system);
    assert(connector.list !== undefined, "only systems that have a list are asked for pages");
    const listedAt = context.now();
    return { page: await connector.list(mapping, cursor), listedAt };
  };
  return {
    async at(place) {
      const known = next.get(place.system);
      next.delete(place.system);
      if (known?.name !== nameOf(place)) return ask(place);
      const asked = await known.asked;
      if ("error" in asked) throw asked.error;
      return asked.listed;
    },
    ahead(place) {
      const name = nameOf(place);
      if (isSpent() || next.get(place.system)?.name === name) return;
      // What went wrong is told when the page's turn comes, or never.
      const asked = ask(place).then(
        (listed) => ({ listed }),
        (error: unknown) => ({ error }),
      );
      next.set(place.system, { name, asked });
    },
    async first() {
      if (next.size === 0) return null;
      return Promise.race([...next].map(([system, { asked }]) => asked.then(() => system)));
    },
    forget(system) {
      const wasted = system === undefined ? next.size : Number(next.has(system));
      if (system === undefined) next.clear();
      else next.delete(system);
      return wasted;
    },
    get isAhead() {
      return next.size > 0;
    },
  };
}

const nameOf = ({ mapping, cursor }: Place): string => JSON.stringify([mapping.object, cursor]);
