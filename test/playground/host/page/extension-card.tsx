/** An extension in the frame HubSpot puts round it on a record, with the context it gets there. */
import { useId, useMemo, useState } from "react";
import type { ExtensionContext, Location } from "../runtime/protocol.ts";
import { Glyph } from "./components/icons.tsx";
import type { PageData, PageExtension, RecordPageData } from "./data.ts";
import { ExtensionHost, type PropertySource } from "./extension-host.tsx";
import { useShell } from "./shell.tsx";

export function ExtensionCard({
  data,
  page,
  extension,
  record,
}: {
  readonly data: PageData;
  readonly page: RecordPageData;
  readonly extension: PageExtension;
  readonly record: PropertySource;
}) {
  const shell = useShell();
  const titleId = useId();
  const [isOpen, setOpen] = useState(true);
  const context = useMemo(() => recordContext(data, page, extension), [data, page, extension]);
  return (
    <section className="card" aria-labelledby={titleId}>
      <h2 className="card__head" id={titleId}>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Glyph name={isOpen ? "downCarat" : "right"} size={16} />
          {extension.name}
        </button>
      </h2>
      <div hidden={!isOpen}>
        <div className="card__body">
          <ExtensionHost
            bundleUrl={extension.bundleUrl}
            context={context}
            pageLocation={noLocation}
            userKey={data.user.key}
            record={record}
            onAlert={shell.alert}
            onNavigate={(to) => shell.log({ level: "info", text: `HubSpot would go to ${to}` })}
            onLog={shell.log}
          />
        </div>
        <div className="card__foot">Powered by {data.appName}</div>
      </div>
    </section>
  );
}

const noLocation = { path: "/", params: {} };

function recordContext(
  data: PageData,
  page: RecordPageData,
  extension: PageExtension,
): ExtensionContext {
  return {
    ...baseContext(data, extension),
    crm: { objectId: Number(page.record.id), objectTypeId: page.objectTypeId },
  } as ExtensionContext;
}

/** The SDK's context has one type per place; the place decides which this is. */
export function baseContext(data: PageData, { location, name }: PageExtension) {
  const { user, portal, variables, appId, appName } = data;
  return {
    location: location as Exclude<Location, "crm.bulkActions" | "uie.playground.middle">,
    user: {
      id: user.id,
      email: user.email,
      emails: [user.email],
      firstName: user.firstName,
      lastName: user.lastName,
      roles: [],
      teams: [],
      locale: user.locale,
      language: user.locale.split("-")[0] ?? "en",
      permissions: [],
    },
    portal,
    variables,
    extension: { appId, appName, cardTitle: name },
  };
}
