/**
 * Two versions of the Worker in one process: as it stands, and the one that is deployed next, with
 * rules of its own. Both are the same sources; only the entry and its configuration are loaded
 * twice, so that jobs of both versions can be under way at once over one database.
 */
import { registerHooks } from "node:module";
import worker from "../../worker/index.ts";
import { config } from "../../worker/sync.config.ts";

/** What is deployed: worker/index.ts, or something to compare it with. */
export interface Deployed {
  fetch(request: Request, env: unknown, ctx: unknown): Promise<Response>;
  queue(batch: unknown, env: unknown, ctx: unknown): Promise<void>;
  scheduled(event: unknown, env: unknown, ctx: unknown): Promise<void>;
}

const mark = "?next";

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const isOurs = context.parentURL?.endsWith(mark) && specifier === "./sync.config.ts";
    return isOurs ? { ...resolved, url: resolved.url + mark } : resolved;
  },
});

const load = (path: string): Promise<unknown> => import(new URL(path, import.meta.url).href);
const next = (await load(`../../worker/index.ts${mark}`)) as { readonly default: unknown };
const rules = (await load(`../../worker/sync.config.ts${mark}`)) as {
  readonly config: typeof config;
};

export { config };
export const nextConfig = rules.config;
export const thisVersion = worker as unknown as Deployed;
export const nextVersion = next.default as Deployed;

/** The next version decides two fields differently, and its audit says so. */
const { contact, deal } = nextConfig.objects;
Object.assign(nextConfig, { version: config.version + 1 });
Object.assign(contact?.fields.phone ?? {}, { policy: { rule: "prefer", system: "ops" } });
Object.assign(deal?.fields.close_date ?? {}, { policy: { rule: "prefer", system: "hubspot" } });
