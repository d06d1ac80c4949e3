/** Where on a record page the card stands: beside it, or on a tab of its own. */
export type Place = "crm.record.sidebar" | "crm.record.tab";
