/** The settings: when to tell whom, who may do what, what is paused, and how values are written. */
import {
  Flex,
  hubspot,
  LoadingSpinner,
  Tab,
  Tabs,
  Text,
  useExtensionContext,
} from "@hubspot/ui-extensions";
import { type Clock, deviceClock } from "crm-sync-common/clock.ts";
import { createControl } from "crm-sync-common/control.ts";
import { createDesk, DeskContext, useControl, useDesk } from "crm-sync-common/desk.ts";
import { open } from "crm-sync-common/trouble.ts";
import { useLook } from "crm-sync-common/use-look.ts";
import { useCallback, useMemo, useState } from "react";
import { Alerts } from "./components/Alerts.tsx";
import { Failure } from "./components/Failure.tsx";
import { Formats } from "./components/Formats.tsx";
import { Pauses } from "./components/Pauses.tsx";
import { Roles } from "./components/Roles.tsx";
import { Thresholds } from "./components/Thresholds.tsx";
import type { PartProps } from "./part.ts";

hubspot.extend<"settings">(() => <Settings />);

export function Settings({ clock = deviceClock }: { readonly clock?: Clock }) {
  const { variables } = useExtensionContext<"settings">();
  const address = variables?.SYNC_URL;
  if (typeof address !== "string") return <Failure trouble={{ kind: "unset" }} />;
  return <Reachable address={address} clock={clock} />;
}

function Reachable({ address, clock }: { readonly address: string; readonly clock: Clock }) {
  const { user, portal } = useExtensionContext<"settings">();
  const control = useMemo(
    () => createControl(address, { fetch: (url, call) => hubspot.fetch(url, call), clock }),
    [address, clock],
  );
  const question = useCallback(() => control.ask("session", {}).then(open), [control]);
  const session = useLook(question, { clock, pace: null });
  const desk = useMemo(
    () =>
      session.data &&
      createDesk({
        control,
        clock,
        session: session.data,
        locale: user.locale,
        timeZone: portal.timezone,
      }),
    [control, clock, session.data, user.locale, portal.timezone],
  );
  if (desk) {
    return (
      <DeskContext.Provider value={desk}>
        <Looked />
      </DeskContext.Provider>
    );
  }
  if (session.trouble) return <Failure trouble={session.trouble} onRetry={session.look} />;
  return <LoadingSpinner label="Opening the settings" showLabel layout="centered" />;
}

function Looked() {
  const settings = useControl("settings", {});
  if (settings.data) return <Board settings={settings.data} onChanged={settings.look} />;
  if (settings.trouble) return <Failure trouble={settings.trouble} onRetry={settings.look} />;
  return <LoadingSpinner label="Reading the settings" showLabel layout="centered" />;
}

const parts = [
  { id: "thresholds", title: "Thresholds", Part: Thresholds },
  { id: "alerts", title: "Alerts", Part: Alerts },
  { id: "roles", title: "Roles", Part: Roles },
  { id: "pauses", title: "Pauses", Part: Pauses },
  { id: "formats", title: "Regions and formats", Part: Formats },
] as const;

function Board(props: PartProps) {
  const { settings } = props;
  const { ago } = useDesk();
  const [shown, show] = useState<string>("thresholds");
  return (
    <Flex direction="column" gap="md">
      {settings.changedAt !== null && (
        <Text variant="microcopy">
          {`Last changed ${ago(settings.changedAt)} by ${settings.changedBy ?? "somebody"}.`}
        </Text>
      )}
      <Tabs selected={shown} onSelectedChange={(id: string) => show(id)}>
        {parts.map(({ id, title, Part }) => (
          <Tab key={id} tabId={id} title={title}>
            {/* Saved elsewhere, what is typed here is no answer to it any more. */}
            {id === shown && <Part key={settings.version} {...props} />}
          </Tab>
        ))}
      </Tabs>
    </Flex>
  );
}
