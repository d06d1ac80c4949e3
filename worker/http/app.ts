/** The routes. Everything else is 404, and every fault is told without saying what is inside. */
import { Hono } from "hono";
import { card } from "./card.ts";
import { control } from "./control.ts";
import type { Doors } from "./doors.ts";
import { operate } from "./operate.ts";
import { receive } from "./webhooks.ts";
import { workflow } from "./workflow.ts";

export function app(doors: Doors): Hono {
  const routes = new Hono();
  routes.get("/healthz", (context) => context.json({ ok: true }));
  routes.post("/webhooks/:system", (context) =>
    receive(doors, context.req.param("system"), context.req.raw),
  );
  routes.post("/workflow/sync", (context) => workflow(doors, context.req.raw));
  routes.on(["GET", "POST"], "/card/:action", (context) =>
    card(doors, context.req.raw, context.req.param("action")),
  );
  routes.post("/control/:action", (context) =>
    control(doors, context.req.raw, context.req.param("action")),
  );
  routes.on(["GET", "POST"], "/operate/:action", (context) =>
    operate(doors, context.req.raw, context.req.param("action")),
  );
  routes.notFound((context) => context.text("not found", 404));
  routes.onError((error, context) => {
    doors.jobs.log({ event: "http.failed", path: context.req.path, reason: error.message });
    return context.text("unavailable", 503);
  });
  return routes;
}
