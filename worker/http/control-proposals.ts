/** Policy proposals in the control center. */
import type { Given } from "../../shared/control.ts";
import { type Asking, refused } from "./control-ask.ts";

export async function proposalAnswer(_asking: Asking, _input: Given<"proposal-answer">) {
  return refused("not_found", "There is no such proposal.");
}
