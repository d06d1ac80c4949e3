/** The control center: one app with a page for each thing that RevOps sees to, by its address. */
import { hubspot, LoadingSpinner, useExtensionContext } from "@hubspot/ui-extensions";
import { createPageRouter, PageRoutes } from "@hubspot/ui-extensions/pages";
import { type Clock, deviceClock } from "crm-sync-common/clock.ts";
import { createControl } from "crm-sync-common/control.ts";
import { createDesk, DeskContext } from "crm-sync-common/desk.ts";
import { open } from "crm-sync-common/trouble.ts";
import { useLook } from "crm-sync-common/use-look.ts";
import { useCallback, useMemo } from "react";
import { Failure } from "./components/Failure.tsx";
import { Frame } from "./components/Frame.tsx";
import { Audit } from "./screens/Audit.tsx";
import { Exception } from "./screens/Exception.tsx";
import { Exceptions } from "./screens/Exceptions.tsx";
import { Lost } from "./screens/Lost.tsx";
import { Overview } from "./screens/Overview.tsx";
import { Parity } from "./screens/Parity.tsx";
import { Policies } from "./screens/Policies.tsx";
import { RecordPage } from "./screens/RecordPage.tsx";
import { Records } from "./screens/Records.tsx";
import { RunPage } from "./screens/RunPage.tsx";
import { Runs } from "./screens/Runs.tsx";
import { Systems } from "./screens/Systems.tsx";

const Router = createPageRouter(
  <PageRoutes layoutComponent={Frame}>
    <PageRoutes.IndexRoute component={Overview} id="overview" />
    <PageRoutes.Route path="/exceptions" component={Exceptions} id="exceptions" />
    <PageRoutes.Route path="/exceptions/:exceptionId" component={Exception} id="exception" />
    <PageRoutes.Route path="/records" component={Records} id="records" />
    <PageRoutes.Route path="/records/:entityId" component={RecordPage} id="record" />
    <PageRoutes.Route path="/audit" component={Audit} id="audit" />
    <PageRoutes.Route path="/runs" component={Runs} id="runs" />
    <PageRoutes.Route path="/runs/:runId" component={RunPage} id="run" />
    <PageRoutes.Route path="/parity" component={Parity} id="parity" />
    <PageRoutes.Route path="/systems" component={Systems} id="systems" />
    <PageRoutes.Route path="/policies" component={Policies} id="policies" />
    <PageRoutes.AnyRoute component={Lost} />
  </PageRoutes>,
);

hubspot.extend<"pages">(() => <ControlCenter />);

export function ControlCenter({ clock = deviceClock }: { readonly clock?: Clock }) {
  const { variables } = useExtensionContext<"pages">();
  const address = variables?.SYNC_URL;
  if (typeof address !== "string") return <Failure trouble={{ kind: "unset" }} />;
  return <Reachable address={address} clock={clock} />;
}

function Reachable({ address, clock }: { readonly address: string; readonly clock: Clock }) {
  const { user, portal } = useExtensionContext<"pages">();
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
        <Router />
      </DeskContext.Provider>
    );
  }
  if (session.trouble) return <Failure trouble={session.trouble} onRetry={session.look} />;
  return <LoadingSpinner label="Opening the control center" showLabel layout="centered" />;
}
