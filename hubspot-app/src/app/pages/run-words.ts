/** Runs in words. */
import type { StatusTagProps } from "@hubspot/ui-extensions";
import type { Desk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { ControlRun } from "crm-sync-shared/control.ts";
import { unknownState } from "./words.ts";

type Tone = NonNullable<StatusTagProps["variant"]>;

export const runStates: Readonly<
  Record<ControlRun["state"], { readonly variant: Tone; readonly label: string }>
> = {
  running: { variant: "info", label: "Running" },
  paused: { variant: "warning", label: "Paused" },
  done: { variant: "success", label: "Done" },
  failed: { variant: "danger", label: "Failed" },
  stopped: { variant: "default", label: "Stopped" },
};

export const runKinds: Readonly<
  Record<ControlRun["kind"], { readonly label: string; readonly says: string }>
> = {
  scan: {
    label: "Compare",
    says: "Compares every record in all systems, and mends what drifted apart unnoticed.",
  },
  backfill: {
    label: "First match",
    says: "Finds which records belong together, links them, and brings them to the same values.",
  },
  baseline: {
    label: "Take stock",
    says: "Notes what each system holds now, so that later changes are told from old ones.",
  },
};

/** "Compare contacts" */
export const runWords = ({ kind, objectLabel }: ControlRun): string =>
  `${(runKinds[kind] ?? unknownState).label}: ${objectLabel}`;

export function progressWords(run: ControlRun, { figures }: Desk): string {
  const read = counted(run.read, "record", "records").replace(
    String(run.read),
    figures.count(run.read),
  );
  if (run.state !== "running") return `${read} in ${figures.duration(run.durationMs)}`;
  return run.progress === null ? read : `${figures.share(run.progress)}, ${read}`;
}

export function foundWords(run: ControlRun, { figures }: Desk): string {
  const parts = [
    [run.differing, "differ"],
    [run.missing, "missing"],
    [run.extra, "not linked"],
    [run.excepted, "for a person"],
    [run.repaired, "mended"],
  ] as const;
  const found = parts.filter(([count]) => count > 0);
  if (found.length === 0) return run.state === "running" ? "Nothing so far" : "Nothing";
  return found.map(([count, what]) => `${figures.count(count)} ${what}`).join(", ");
}
