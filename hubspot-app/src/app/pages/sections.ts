/** The sections of the control center, and where each begins. */
import type { Verb } from "crm-sync-shared/control.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  /** What it takes to see it. */
  readonly verb: Verb;
}

export const sections: readonly Section[] = [
  { id: "overview", title: "Overview", path: "/", verb: "see" },
  { id: "exceptions", title: "Exceptions", path: "/exceptions", verb: "see" },
  { id: "records", title: "Records", path: "/records", verb: "see" },
  { id: "audit", title: "Audit", path: "/audit", verb: "see_audit" },
  { id: "runs", title: "Runs", path: "/runs", verb: "see" },
  { id: "parity", title: "Parity", path: "/parity", verb: "see" },
  { id: "systems", title: "Systems", path: "/systems", verb: "see" },
  { id: "policies", title: "Policies", path: "/policies", verb: "see" },
];

/** The section a path belongs to; the first where none fits. */
export function sectionOf(path: string): string {
  const [, first = ""] = path.split("/");
  return sections.find((section) => section.path === `/${first}`)?.id ?? "overview";
}
