/** Every bound of the HubSpot connector, in one place. */
export const limits = {
  /** Inputs of a batch call (https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis). */
  batch: 100,
  /** Fewer where the history of properties is asked for, too. */
  historyBatch: 50,
  /** Single look-ups at the same time, for ids that a batch could not place. */
  singlesAtOnce: 5,
  /** Further calls one batch may cost to find the record that makes HubSpot refuse it whole. */
  bisectCallsMax: 40,
  /** https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm */
  /** Of 3,000 for the whole body. */
  searchValuesLength: 2_400,
  searchValues: 100,
  searchPage: 200,
  searchResults: 10_000,
  listPage: 100,
  /** Property names in a URL, before it gets too long and their values are read in batches. */
  urlNamesLength: 4_000,
  /** How far back a poll looks again, because the search index is late. */
  changesOverlapMs: 5 * 60_000,
  /** https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide */
  associationReads: 1_000,
  associationWrites: 2_000,
  /** Pages of 500 associations of one record. */
  associationRoundsMax: 20,
  ownersPage: 100,
  ownerPagesMax: 100,
  /** How long the list of owners is believed. */
  ownersFreshMs: 10 * 60_000,
  /** The least time between two reads of the list because of an id we do not know. */
  ownersAgainMs: 30_000,
  answerBytesMax: 16 * 1024 * 1024,
  /** Events in a delivery; HubSpot sends up to 100. */
  deliveryEventsMax: 10_000,
  signatureAgeMs: 300_000,
  lockedWaitMs: 2_000,
  searchWaitMs: 1_000,
  intervalWaitMs: 10_000,
  /** The daily budget starts anew at midnight; asked again by the hour. */
  dailyWaitMs: 60 * 60_000,
} as const;
