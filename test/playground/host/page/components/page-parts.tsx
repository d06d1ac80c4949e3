/** Components of app pages: they fill the head of the page around them, and follow its routes. */

import type * as sdk from "@hubspot/ui-extensions";
import type * as pageTypes from "@hubspot/ui-extensions/pages";
import { type ComponentProps, createContext, type ReactNode, useContext } from "react";
import { createPortal } from "react-dom";
import { Button } from "./buttons.tsx";
import { HostContext } from "./shared.tsx";

/** Ids of the places in the page's head that the shell leaves free. */
export const slots = { title: "page-title", crumbs: "page-crumbs", actions: "page-actions" };

function InSlot({ slot, children }: { readonly slot: string; readonly children: ReactNode }) {
  const place = document.getElementById(slot);
  return place && createPortal(children, place);
}

interface WithChildren {
  readonly children?: ReactNode;
}

export function PageTitle({ children }: ComponentProps<typeof pageTypes.PageTitle>) {
  return <InSlot slot={slots.title}>{children}</InSlot>;
}

export function PageHeader({ children }: WithChildren) {
  return (
    <InSlot slot={slots.actions}>
      <div className="button-row">{children}</div>
    </InSlot>
  );
}

const VariantContext = createContext<"primary" | "secondary">("secondary");

export function PageHeaderPrimaryAction({ children }: WithChildren) {
  return <VariantContext.Provider value="primary">{children}</VariantContext.Provider>;
}

export function PageHeaderSecondaryActions({ children }: WithChildren) {
  return <VariantContext.Provider value="secondary">{children}</VariantContext.Provider>;
}

export function PageHeaderLink(props: sdk.ButtonProps) {
  return <Button {...props} variant={useContext(VariantContext)} size="sm" />;
}

interface Route {
  readonly to: string;
  readonly params?: Record<string, string>;
  readonly children?: ReactNode;
}

export function PageHeaderPageLink({ to, params, children }: Route) {
  const { navigate } = useContext(HostContext);
  return (
    <Button variant={useContext(VariantContext)} size="sm" onClick={() => navigate(to, params)}>
      {children}
    </Button>
  );
}

export function PageLink({ to, params, children }: Route) {
  const { navigate, addressOf } = useContext(HostContext);
  return (
    <a
      className="link link--primary"
      href={addressOf(to, params)}
      onClick={(event) => {
        // With a key held the browser opens it elsewhere.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        navigate(to, params);
      }}
    >
      {children}
    </a>
  );
}

export function PageBreadcrumbs({ children }: WithChildren) {
  return (
    <InSlot slot={slots.crumbs}>
      <nav aria-label="Breadcrumb" className="crumbs">
        {children}
      </nav>
    </InSlot>
  );
}

export function PageBreadcrumbsPageLink(props: Route) {
  return (
    <>
      <PageLink {...props} />
      <span aria-hidden="true"> / </span>
    </>
  );
}

export function PageBreadcrumbsCurrent({ children }: WithChildren) {
  return <span aria-current="page">{children}</span>;
}

/** The older app home: buttons in the head of the page. */
export const HeaderActions = PageHeader;
export const PrimaryHeaderActionButton = (props: sdk.ButtonProps) => (
  <Button {...props} variant="primary" size="sm" />
);
export const SecondaryHeaderActionButton = (props: sdk.ButtonProps) => (
  <Button {...props} variant="secondary" size="sm" />
);
