/** How the operators' door answers: JSON that no cache keeps, and what is wrong with an input. */
import * as z from "zod";

/** Who did it, in the operator's own words. */
export const byline = z.string().min(1).max(320);

export async function withInput<T>(
  schema: z.ZodType<T>,
  input: unknown,
  act: (asked: T) => Promise<unknown>,
): Promise<Response> {
  const asked = schema.safeParse(input);
  if (asked.success) return answer(200, await act(asked.data));
  const lines = asked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return answer(400, { error: lines.join("; ") });
}

export const answer = (status: number, body: unknown): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store" } });
