/** Policies to read, settings to change, roles to give; whoever changes is in the audit. */
import type { Answered, ChannelName, Given, Holder, Role } from "../../shared/control.ts";
import { channelNames } from "../../shared/control.ts";
import type { FieldType } from "../../shared/record.ts";
import { ConnectorError } from "../connectors/connector.ts";
import { hasAdmin } from "../core/roles.ts";
import type { FieldRules, ObjectRules, Rules } from "../core/rules.ts";
import { policyInWords, precedence } from "../core/words.ts";
import { waitingNow } from "../store/overview.ts";
import {
  giveRole,
  loadSettings,
  type SettingsValue,
  type StoredSettings,
  saveSettings,
} from "../store/settings.ts";
import { colleaguesOf } from "./access.ts";
import { type Asking, actOf, given, refused } from "./control-ask.ts";
import { proposalsView } from "./control-proposals.ts";
import { pauseView } from "./control-systems.ts";
import { systemLabel } from "./control-words.ts";

export async function policies(asking: Asking, _input: Given<"policies">) {
  const { rules } = asking.doors.jobs;
  return given<"policies">({
    version: rules.version,
    says:
      "The rules stand in worker/sync.config.ts and change when that file is deployed. " +
      "Anybody who settles a question can propose one; an administrator answers.",
    rank: rules.rank.map((system) => ({ key: system, label: systemLabel(rules, system) })),
    precedence: precedence.map(({ says }) => says),
    objects: Object.values(rules.objects).map((object) => ({
      key: object.object,
      label: object.label,
      deletes: deletesInWords[object.deletes],
      fields: Object.values(object.fields).map((field) => fieldShown(rules, object, field)),
    })),
    proposals: await proposalsView(asking),
  });
}

const deletesInWords: Readonly<Record<ObjectRules["deletes"], string>> = {
  ignore: "A record deleted in one system stays in the others.",
  archive: "A record deleted in one system is deleted in the others too, if nobody edited it.",
  review: "When a record is deleted in one system, a person is asked what follows.",
};

function fieldShown(rules: Rules, object: ObjectRules, field: FieldRules) {
  const held = field.systems.map((system) => {
    const mapped = object.mappings[system]?.fields.find((one) => one.field === field.field);
    return [systemLabel(rules, system), mapped?.property ?? ""] as const;
  });
  const { guards } = field;
  return {
    key: field.field,
    label: field.label,
    type: field.type,
    rule: [
      policyInWords(rules, field.policy),
      ...(guards.rejectBlank ? [] : ["A blank counts as a change."]),
      ...(guards.pattern === undefined ? [] : [`Checked: ${guards.pattern.message}`]),
      ...(guards.cadence === "realtime" ? [] : ["Only by scheduled scans."]),
    ].join(" "),
    changedBy: changedBy(rules, field),
    critical: guards.critical,
    properties: Object.fromEntries(held),
  };
}

/** Systems where people may change it, by its policy and by what is never written. */
function changedBy(rules: Rules, { policy, systems, readOnly }: FieldRules): string {
  const names = systems.map((system) => systemLabel(rules, system)).join(", ");
  const one = policy.rule === "owned" ? `Only ${systemLabel(rules, policy.system)}` : names;
  const never = readOnly.map((system) => systemLabel(rules, system)).join(", ");
  return readOnly.length === 0 ? one : `${one}. Never written: ${never}.`;
}

export async function settings(asking: Asking, _input: Given<"settings">) {
  return given<"settings">(await shown(asking, asking.access.settings));
}

async function shown(asking: Asking, stored: StoredSettings): Promise<Answered<"settings">> {
  const { db, doors } = asking;
  const { rules } = doors.jobs;
  const { pauses } = await waitingNow(db);
  const fixed = doors.fixedAdmins.map((name) => ({
    holder: { kind: "user", id: /^\d{1,20}$/.test(name) ? name : "0" } as const,
    label: name,
    role: { role: "admin" } as const,
    by: null,
    at: null,
    isFixed: true,
  }));
  return {
    version: stored.version,
    changedBy: stored.changedBy,
    changedAt: stored.changedAt,
    thresholds: stored.thresholds,
    formats: stored.formats,
    channels: stored.channels.map((one) => ({ ...one, ...channelShown(asking, one.channel) })),
    defaultRole: stored.defaultRole,
    roles: [...fixed, ...stored.roles.map((one) => ({ ...one, isFixed: false }))],
    pauses: pauses.map((one) => pauseView(asking, one)),
    regions: Object.values(rules.objects).flatMap((object) =>
      Object.values(object.fields).flatMap((field) => {
        const says = regionInWords(field.type);
        return says === null ? [] : [{ objectLabel: object.label, fieldLabel: field.label, says }];
      }),
    ),
  };
}

const channels: Readonly<Record<ChannelName, { readonly label: string; readonly mend: string }>> = {
  slack: { label: "Slack", mend: "Set the secret SLACK_WEBHOOK_URL, then deploy." },
  telegram: {
    label: "Telegram",
    mend: "Set the secrets TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, then deploy.",
  },
  webhook: {
    label: "Webhook",
    mend: "Set the secrets ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRETS, then deploy.",
  },
};

function channelShown({ doors }: Asking, channel: ChannelName) {
  const isConfigured = doors.channels[channel] !== undefined;
  const { label, mend } = channels[channel];
  return { label, isConfigured, mend: isConfigured ? null : mend };
}

/** Null where no region plays a part. */
function regionInWords(type: FieldType): string | null {
  switch (type.kind) {
    case "phone":
      return type.region === undefined
        ? "Numbers need their country code."
        : `Numbers without a country code are taken as ${type.region}.`;
    case "money":
      return `Amounts without a currency are taken as ${type.currency}.`;
    default:
      return null;
  }
}

const changedMeanwhile = "Somebody changed the settings meanwhile. Look at them again.";

export async function settingsSave(asking: Asking, input: Given<"settings-save">) {
  const { version, ...parts } = input;
  const before = asking.access.settings;
  if (before.version !== version) return refused("changed", changedMeanwhile);
  const changes = Object.fromEntries(
    Object.entries(parts).filter(([, part]) => part !== undefined),
  ) as Partial<SettingsValue>;
  const merged =
    parts.channels === undefined
      ? changes
      : {
          ...changes,
          channels: channelNames.map((name) => channelSet(before, parts.channels, name)),
        };
  const saved = await saveSettings(asking.db, before, merged, actOf(asking));
  if (!saved) return refused("changed", changedMeanwhile);
  return given<"settings-save">(await shown(asking, await loadSettings(asking.db)));
}

function channelSet(
  before: SettingsValue,
  wanted: Given<"settings-save">["channels"] = [],
  name: ChannelName,
) {
  const ofName = (list: SettingsValue["channels"]) => list.find(({ channel }) => channel === name);
  return ofName(wanted) ?? ofName(before.channels) ?? { channel: name, isOn: true, kinds: [] };
}

export async function roleSet(asking: Asking, input: Given<"role-set">) {
  const { db, doors } = asking;
  const { holder, role, version } = input;
  const before = asking.access.settings;
  if (before.version !== version) return refused("changed", changedMeanwhile);
  const others = before.roles.filter((one) => !isSame(one.holder, holder));
  const after = role === null ? others : [...others, { holder, role }];
  if (!hasAdmin({ fixedAdmins: doors.fixedAdmins, given: after })) {
    return refused("invalid", "Nobody would be left who can give roles. Name another admin first.");
  }
  const label = await nameOf(asking, before, holder, role);
  if (label === null) return refused("invalid", "HubSpot knows nobody by this id any more.");
  const saved = await giveRole(db, before, { holder, label, role }, actOf(asking));
  if (!saved) return refused("changed", changedMeanwhile);
  return given<"role-set">(await shown(asking, await loadSettings(db)));
}

const isSame = (one: Holder, other: Holder): boolean =>
  one.kind === other.kind && one.id === other.id;

/** What the holder is called; null if HubSpot says that there is none. */
async function nameOf(
  { doors }: Asking,
  before: StoredSettings,
  holder: Holder,
  role: Role | null,
): Promise<string | null> {
  const known = before.roles.find((one) => isSame(one.holder, holder))?.label;
  if (role === null) return known ?? holder.id;
  const colleagues = await colleaguesOf(doors);
  if (colleagues === null) return known ?? `${holder.kind} ${holder.id}`;
  const teams = colleagues.flatMap((one) => one.teams);
  return holder.kind === "team"
    ? (teams.find(({ id }) => id === holder.id)?.name ?? null)
    : (colleagues.find(({ userId }) => userId === holder.id)?.name ?? null);
}

export async function channelTest({ access, doors, now }: Asking, input: Given<"channel-test">) {
  const { label, mend } = channels[input.channel];
  const notifier = doors.channels[input.channel];
  if (notifier === undefined) return given<"channel-test">({ sent: false, message: mend });
  try {
    await notifier.send([testAlert(access.person.email, now)]);
    return given<"channel-test">({ sent: true, message: `A test message was sent to ${label}.` });
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return given<"channel-test">({ sent: false, message: error.message });
  }
}

const testAlert = (by: string, now: number) => ({
  exceptionId: "test",
  kind: "test",
  object: "test",
  objectLabel: "CRM Sync",
  field: null,
  fieldLabel: null,
  title: "Test message of CRM Sync",
  reason: `${by} asked for this test. Questions that need a person are told here.`,
  values: [],
  url: null,
  openedAt: now,
});
