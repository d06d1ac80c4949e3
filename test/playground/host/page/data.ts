/** What the server writes into a page for its script, and what it answers to it afterwards. */
import type { HostOwner, HostProperty, HostRecord, HostUser, ObjectTypeId } from "../crm.ts";
import type { Location } from "../runtime/protocol.ts";

export interface PageData {
  readonly appName: string;
  readonly appId: number;
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly portal: { readonly id: number; readonly timezone: string };
  /** Who looks, and the key by which the server knows them. */
  readonly user: HostUser & { readonly key: string };
  readonly users: readonly { readonly key: string; readonly name: string }[];
  /** Only the extension, for narrow screenshots and embedding. */
  readonly bare: boolean;
  readonly page: RecordPageData | AppPageData;
}

export interface RecordPageData {
  readonly kind: "record";
  readonly objectTypeId: ObjectTypeId;
  readonly record: HostRecord;
  /** Properties shown and editable beside the card, in this order. */
  readonly properties: readonly HostProperty[];
  readonly owners: readonly HostOwner[];
  readonly extensions: readonly PageExtension[];
  readonly sidebarWidth: number;
}

export interface AppPageData {
  readonly kind: "app";
  readonly extension: PageExtension;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface PageExtension {
  readonly uid: string;
  readonly name: string;
  readonly location: Location;
  readonly bundleUrl: string;
}

/** Addresses the script calls; the server mounts them. */
export const paths = {
  fetch: "/host/fetch",
  record: (objectTypeId: string, id: string) => `/host/records/${objectTypeId}/${id}`,
  assets: "/host/assets",
  extensions: "/host/extensions",
} as const;
