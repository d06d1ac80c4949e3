/** Every component the host draws, by the SDK's name. What is missing here is labelled as such. */
import type { ComponentType } from "react";
import * as buttons from "./buttons.tsx";
import * as charts from "./charts.tsx";
import * as choices from "./choices.tsx";
import * as crm from "./crm-actions.tsx";
import * as display from "./display.tsx";
import * as feedback from "./feedback.tsx";
import { Form } from "./form.tsx";
import * as inputs from "./inputs.tsx";
import * as layout from "./layout.tsx";
import * as overlays from "./overlays.tsx";
import * as pages from "./page-parts.tsx";
import * as table from "./table.tsx";
import * as text from "./text.tsx";

export const drawn: Readonly<Record<string, ComponentType<never>>> = {
  ...layout,
  BarChart: charts.BarChart,
  LineChart: charts.LineChart,
  Heading: text.Heading,
  Icon: text.Icon,
  Illustration: text.Illustration,
  Image: text.Image,
  Link: text.Link,
  List: text.List,
  Text: text.Text,
  Button: buttons.Button,
  ButtonRow: buttons.ButtonRow,
  Dropdown: buttons.Dropdown,
  DropdownButtonItem: buttons.MenuItem,
  LoadingButton: buttons.Button,
  ...feedback,
  ...display,
  ...table,
  Form,
  ...inputs,
  Textarea: inputs.TextArea,
  ...choices,
  Modal: overlays.Modal,
  ModalBody: overlays.DialogBody,
  ModalFooter: overlays.DialogFooter,
  Panel: overlays.Panel,
  PanelBody: overlays.DialogBody,
  PanelFooter: overlays.DialogFooter,
  PanelSection: overlays.PanelSection,
  Tooltip: overlays.Tooltip,
  HeaderActions: pages.HeaderActions,
  PrimaryHeaderActionButton: pages.PrimaryHeaderActionButton,
  SecondaryHeaderActionButton: pages.SecondaryHeaderActionButton,
  PageBreadcrumbs: pages.PageBreadcrumbs,
  PageBreadcrumbsCurrent: pages.PageBreadcrumbsCurrent,
  PageBreadcrumbsPageLink: pages.PageBreadcrumbsPageLink,
  PageHeader: pages.PageHeader,
  PageHeaderLink: pages.PageHeaderLink,
  PageHeaderPageLink: pages.PageHeaderPageLink,
  PageHeaderPrimaryAction: pages.PageHeaderPrimaryAction,
  PageHeaderSecondaryActions: pages.PageHeaderSecondaryActions,
  PageLink: pages.PageLink,
  PageTitle: pages.PageTitle,
  ...crm,
};
