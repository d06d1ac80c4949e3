/**
 * Serves a fetch handler on a port of this machine. Port 0 takes a free one. A handler that
 * rejects breaks the connection, as a system does that is down.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import { type HttpBindings, serve as listen } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Served> {
  const orBreak = async (request: Request, env: unknown): Promise<Response> => {
    try {
      return await fetch(request);
    } catch {
      (env as HttpBindings).outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    }
  };
  const server = listen({ fetch: orBreak, port, hostname: "127.0.0.1" }) as Server;
  if (!server.listening) await once(server, "listening");
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
