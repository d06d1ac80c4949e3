/** Every action of the control center: what it takes to ask for it, and who answers. */
import type { Rooms } from "./control-ask.ts";
import { audit, auditChain, recordHistory } from "./control-audit.ts";
import {
  assign,
  exception,
  exceptionGroupCounts,
  exceptions,
  people,
} from "./control-exceptions.ts";
import { find, record, recordSync, repair } from "./control-explorer.ts";
import { exportExceptions } from "./control-export.ts";
import { overview, session } from "./control-overview.ts";
import { proposalAnswer } from "./control-proposals.ts";
import { parityShown, runFindings, runStart, runs, runTurn } from "./control-runs.ts";
import { channelTest, policies, roleSet, settings, settingsSave } from "./control-settings.ts";
import { replay, settle, settleMany, settlePreview, settling } from "./control-settle.ts";
import { pauseScope, releaseHeld, resumeScope, systemCheck, systems } from "./control-systems.ts";

export const rooms: Rooms = {
  session: { verb: "see", handle: session },
  overview: { verb: "see", handle: overview },
  exceptions: { verb: "see", handle: exceptions },
  "exception-groups": { verb: "see", handle: exceptionGroupCounts },
  exception: { verb: "see", handle: exception },
  settle: { verb: "settle", handle: settle },
  "settle-preview": { verb: "settle", handle: settlePreview },
  "settle-many": { verb: "settle", handle: settleMany },
  settling: { verb: "settle", handle: settling },
  assign: { verb: "assign", handle: assign },
  replay: { verb: "replay", handle: replay },
  export: { verb: "export", handle: exportExceptions },
  people: { verb: "assign", handle: people },
  find: { verb: "see", handle: find },
  record: { verb: "see", handle: record },
  "record-history": { verb: "see", handle: recordHistory },
  "record-sync": { verb: "sync_record", handle: recordSync },
  audit: { verb: "see_audit", handle: audit },
  "audit-chain": { verb: "see_audit", handle: auditChain },
  runs: { verb: "see", handle: runs },
  "run-start": { verb: "run", handle: runStart },
  "run-turn": { verb: "run", handle: runTurn },
  "run-findings": { verb: "see", handle: runFindings },
  parity: { verb: "see", handle: parityShown },
  repair: { verb: "repair", handle: repair },
  systems: { verb: "see", handle: systems },
  "system-check": { verb: "check_system", handle: systemCheck },
  pause: { verb: "pause_record", handle: pauseScope },
  resume: { verb: "pause_record", handle: resumeScope },
  release: { verb: "release", handle: releaseHeld },
  policies: { verb: "see", handle: policies },
  "proposal-answer": { verb: "answer_proposal", handle: proposalAnswer },
  settings: { verb: "see_settings", handle: settings },
  "settings-save": { verb: "change_settings", handle: settingsSave },
  "role-set": { verb: "change_roles", handle: roleSet },
  "channel-test": { verb: "change_settings", handle: channelTest },
};
