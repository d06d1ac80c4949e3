/** The official client works against the double, and its models accept every answer. */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Client } from "@hubspot/api-client";
import * as models from "@hubspot/api-client/lib/codegen/crm/associations/v4/models/all.js";
import { FilterOperatorEnum } from "@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js";
import {
  PropertyCreateFieldTypeEnum,
  PropertyCreateTypeEnum,
} from "@hubspot/api-client/lib/codegen/crm/properties/models/PropertyCreate.js";
import { Signature } from "@hubspot/api-client/lib/src/utils/signature.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  signatureV1,
  signatureV2,
  signatureV3,
  signedUri,
} from "../playground/hubspot/signature.ts";
import { type Fixture, fixture, targetUrl } from "./hubspot-fixture.ts";
import { modelFaults } from "./hubspot-models.ts";
import vectors from "./signature-vectors.json" with { type: "json" };

const { AssociationSpecAssociationCategoryEnum: Category } = models;

let world: Fixture;
let client: Client;
let server: ReturnType<typeof serve>;
/** The body of the latest answer, before the client took it apart. */
let raw: unknown;

beforeAll(async () => {
  world = fixture({ searchLagMs: 0 });
  const listening = Promise.withResolvers<AddressInfo>();
  const fetch = async (request: Request) => {
    const response = await world.double.fetch(request);
    const text = await response.clone().text();
    raw = text === "" ? null : JSON.parse(text);
    return response;
  };
  server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, listening.resolve);
  const { port } = await listening.promise;
  client = new Client({
    accessToken: "pat-test",
    basePath: `http://127.0.0.1:${port}`,
    numberOfApiCallRetries: 0,
  });
});

afterAll(() => {
  server.close();
});

function accepted(api: string, type: string): void {
  expect(modelFaults(api, type, raw)).toEqual([]);
}

const contact = (email: string) => ({ email, firstname: "Ada", lastname: "Okafor" });

describe("contacts, by the official client", () => {
  it("are created, read, updated and archived one by one", async () => {
    const { basicApi } = client.crm.contacts;
    const created = await basicApi.create({ properties: contact("One@Example.com") });
    accepted("contacts", "SimplePublicObject");
    expect(created.properties.email).toBe("one@example.com");

    const history = ["email", "firstname"];
    const read = await basicApi.getById(created.id, history, history, ["companies"]);
    accepted("contacts", "SimplePublicObjectWithAssociations");
    expect(read.propertiesWithHistory?.email?.[0]?.value).toBe("one@example.com");

    const updated = await basicApi.update(created.id, { properties: { firstname: "Grace" } });
    accepted("contacts", "SimplePublicObject");
    expect(updated.properties.firstname).toBe("Grace");

    const page = await basicApi.getPage(10);
    accepted("contacts", "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging");
    expect(page.results.map((each) => each.id)).toContain(created.id);

    await basicApi.archive(created.id);
    await expect(basicApi.getById(created.id)).rejects.toMatchObject({ code: 404 });
    const archived = await basicApi.getById(created.id, [], [], [], true);
    accepted("contacts", "SimplePublicObjectWithAssociations");
    expect(archived.archivedAt).toBeInstanceOf(Date);
  });

  it("are created, read, updated, upserted and archived in batches", async () => {
    const { batchApi } = client.crm.contacts;
    const created = await batchApi.create({
      inputs: [
        { properties: contact("b1@example.com"), associations: [], objectWriteTraceId: "t1" },
        { properties: { nothing: "1" }, associations: [], objectWriteTraceId: "t2" },
      ],
    });
    accepted("contacts", "BatchResponseSimplePublicObjectWithErrors");
    expect(created.results).toHaveLength(1);
    const id = created.results[0]!.id;

    const read = await batchApi.read({
      properties: ["email"],
      propertiesWithHistory: ["email"],
      inputs: [{ id }, { id: "999999" }],
    });
    accepted("contacts", "BatchResponseSimplePublicObjectWithErrors");
    expect(read.results.map((each) => each.id)).toEqual([id]);

    await batchApi.update({ inputs: [{ id, properties: { phone: "+1 415 555 0100" } }] });
    accepted("contacts", "BatchResponseSimplePublicObject");

    const upserted = await batchApi.upsert({
      inputs: [
        { id: "key-1", idProperty: "crm_sync_key", properties: contact("u1@example.com") },
        { id: "key-2", idProperty: "crm_sync_key", properties: contact("u2@example.com") },
      ],
    });
    accepted("contacts", "BatchResponseSimplePublicUpsertObject");
    expect(upserted.results.map((each) => each._new)).toEqual([true, true]);

    await batchApi.archive({ inputs: [{ id }] });
    expect(world.double.records("contacts").find((each) => each.id === id)?.archived).toBe(true);
  });

  it("are searched, merged and deleted for privacy", async () => {
    const { basicApi, searchApi } = client.crm.contacts;
    const one = await basicApi.create({ properties: contact("m1@example.com") });
    const two = await basicApi.create({ properties: contact("m2@example.com") });
    const filter = {
      propertyName: "email",
      operator: FilterOperatorEnum.In,
      values: ["m1@example.com", "m2@example.com"],
    };
    const found = await searchApi.doSearch({
      filterGroups: [{ filters: [filter] }],
      sorts: ["-createdate"],
      properties: ["email"],
      limit: 1,
    });
    accepted("contacts", "CollectionResponseWithTotalSimplePublicObjectForwardPaging");
    expect(found.total).toBe(2);

    const merged = await basicApi.merge({ primaryObjectId: one.id, objectIdToMerge: two.id });
    accepted("contacts", "SimplePublicObject");
    expect([one.id, two.id]).not.toContain(merged.id);
    expect((await basicApi.getById(two.id)).id).toBe(merged.id);

    await basicApi.purge({ objectId: merged.id });
    await expect(basicApi.getById(merged.id)).rejects.toMatchObject({ code: 404 });
  });

  it("give the client its own error class, with HubSpot's body", async () => {
    const { basicApi } = client.crm.contacts;
    const first = await basicApi.create({ properties: contact("twice@example.com") });
    const again = basicApi.create({ properties: contact("TWICE@example.com") });
    await expect(again).rejects.toMatchObject({
      code: 409,
      body: { category: "CONFLICT", message: `Contact already exists. Existing ID: ${first.id}` },
    });
  });
});

describe("companies, deals and custom objects, by the official client", () => {
  it("take the same calls", async () => {
    const company = await client.crm.companies.basicApi.create({
      properties: { name: "Cedar Works", domain: "https://www.Cedar-Works.example/about" },
    });
    accepted("companies", "SimplePublicObject");
    expect(company.properties.domain).toBe("cedar-works.example");

    const types = [{ associationCategory: Category.HubspotDefined, associationTypeId: 5 }];
    const deal = await client.crm.deals.basicApi.create({
      properties: { dealname: "Pilot", dealstage: "qualifiedtobuy", amount: "1200.50" },
      associations: [{ to: { id: company.id }, types }],
    });
    accepted("deals", "SimplePublicObject");
    expect(deal.properties.amount).toBe("1200.5");

    const read = await client.crm.deals.basicApi.getById(deal.id, [], [], ["companies"]);
    accepted("deals", "SimplePublicObjectWithAssociations");
    expect(read.associations?.companies?.results[0]?.id).toBe(company.id);
  });

  it("include tickets and line items", async () => {
    await client.crm.tickets.basicApi.create({
      properties: { subject: "Broken", hs_pipeline_stage: "1" },
    });
    accepted("tickets", "SimplePublicObject");
    await client.crm.lineItems.batchApi.create({
      inputs: [{ properties: { name: "Seat", price: "10", quantity: "3" }, associations: [] }],
    });
    accepted("line_items", "BatchResponseSimplePublicObject");
  });

  it("answer at dated paths, too", async () => {
    const path = "/crm/objects/2026-03/companies?limit=1";
    const answer = await client.apiRequest({ method: "GET", path });
    expect(answer.status).toBe(200);
    accepted("companies", "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging");
  });

  it("are defined by a schema and then written as any other", async () => {
    const schema = await client.crm.schemas.coreApi.create({
      name: "subscription_plan",
      labels: { singular: "Plan", plural: "Plans" },
      requiredProperties: ["plan_name"],
      searchableProperties: ["plan_name"],
      primaryDisplayProperty: "plan_name",
      associatedObjects: ["CONTACT"],
      properties: [
        { name: "plan_name", label: "Plan name", type: "string" as never, fieldType: "text" },
      ],
    });
    accepted("schemas", "ObjectSchema");
    await client.crm.schemas.coreApi.getAll();
    accepted("schemas", "CollectionResponseObjectSchemaNoPaging");
    const { basicApi } = client.crm.objects;
    const plan = await basicApi.create(schema.objectTypeId!, { properties: { plan_name: "Gold" } });
    accepted("objects", "SimplePublicObject");
    const read = await basicApi.getById(schema.fullyQualifiedName!, plan.id, ["plan_name"]);
    expect(read.properties.plan_name).toBe("Gold");
  });
});

describe("definitions, by the official client", () => {
  it("list, create, change and archive properties", async () => {
    const { coreApi, batchApi } = client.crm.properties;
    const all = await coreApi.getAll("contacts");
    accepted("properties", "CollectionResponsePropertyNoPaging");
    expect(all.results.find((each) => each.name === "crm_sync_key")?.hasUniqueValue).toBe(true);
    await coreApi.create("deals", {
      name: "erp_number",
      label: "ERP number",
      type: PropertyCreateTypeEnum.String,
      fieldType: PropertyCreateFieldTypeEnum.Text,
      groupName: "dealinformation",
      hasUniqueValue: true,
    });
    accepted("properties", "Property");
    await coreApi.update("deals", "erp_number", { label: "Number in the ERP" });
    accepted("properties", "Property");
    await batchApi.read("deals", { archived: false, inputs: [{ name: "erp_number" }] } as never);
    accepted("properties", "BatchResponseProperty");
    await coreApi.archive("deals", "erp_number");
    await expect(coreApi.getByName("deals", "erp_number")).rejects.toMatchObject({ code: 404 });
  });

  it("list owners and pipelines", async () => {
    const owners = await client.crm.owners.ownersApi.getPage();
    accepted("owners", "CollectionResponsePublicOwnerForwardPaging");
    expect(owners.results).toHaveLength(2);
    await client.crm.owners.ownersApi.getById(71001, "userId");
    accepted("owners", "PublicOwner");
    const pipelines = await client.crm.pipelines.pipelinesApi.getAll("deals");
    accepted("pipelines", "CollectionResponsePipelineNoPaging");
    expect(pipelines.results[0]?.stages.at(-2)?.id).toBe("closedwon");
    await client.crm.pipelines.pipelineStagesApi.getAll("deals", "default");
    accepted("pipelines", "CollectionResponsePipelineStageNoPaging");
  });
});

describe("associations, by the official client", () => {
  it("are made, read and removed, alone and in batches", async () => {
    const { basicApi, batchApi } = client.crm.associations.v4;
    const person = await client.crm.contacts.basicApi.create({ properties: contact("a@ex.com") });
    const firm = await client.crm.companies.basicApi.create({ properties: { name: "Firm" } });
    await basicApi.create("contacts", person.id, "companies", firm.id, [
      { associationCategory: Category.HubspotDefined, associationTypeId: 1 },
    ]);
    accepted("associations/v4", "LabelsBetweenObjectPair");
    const list = await basicApi.getPage("contacts", person.id, "companies");
    accepted("associations/v4", "CollectionResponseMultiAssociatedObjectWithLabelForwardPaging");
    const typeIds = list.results[0]?.associationTypes.map((each) => each.typeId);
    expect(typeIds?.toSorted()).toEqual([1, 279]);
    await batchApi.getPage("contacts", "companies", { inputs: [{ id: person.id }, { id: "1" }] });
    accepted("associations/v4", "BatchResponsePublicAssociationMultiWithLabelWithErrors");
    const pair = { _from: { id: person.id }, to: { id: firm.id } };
    await batchApi.createDefault("contacts", "companies", { inputs: [pair] });
    accepted("associations/v4", "BatchResponsePublicDefaultAssociation");
    const types = [{ associationCategory: Category.HubspotDefined, associationTypeId: 279 }];
    await batchApi.create("contacts", "companies", { inputs: [{ ...pair, types }] });
    accepted("associations/v4", "BatchResponseLabelsBetweenObjectPair");
    await batchApi.archive("contacts", "companies", {
      inputs: [{ _from: { id: person.id }, to: [{ id: firm.id }] }],
    });
    expect((await basicApi.getPage("contacts", person.id, "companies")).results).toEqual([]);
  });
});

describe("signatures", () => {
  const signers = { v1: signatureV1, v2: signatureV2, v3: signatureV3 };

  it.each(vectors.hubspot)("$id is signed as published", async (vector) => {
    const request = {
      clientSecret: vector.secret,
      method: vector.method ?? "POST",
      uri: vector.url ?? "",
      body: vector.body,
    };
    const sign = signers[vector.version as keyof typeof signers];
    expect(await sign(request, Number(vector.timestamp))).toBe(vector.expected);
  });

  it("of webhooks pass the official client's own check", async () => {
    const { double, sent } = fixture({ now: () => Date.now() });
    double.person(71001).create("contacts", contact("signed@example.com"));
    await double.pump();
    const [webhook] = sent;
    const valid = Signature.isValid({
      signatureVersion: "v3",
      signature: webhook!.headers.get("x-hubspot-signature-v3")!,
      method: "POST",
      clientSecret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
      requestBody: webhook!.body,
      url: targetUrl,
      timestamp: Number(webhook!.headers.get("x-hubspot-request-timestamp")),
    });
    expect(valid).toBe(true);
  });

  it("decode twelve escapes of the address and no other", () => {
    const address = "https://x.example/%3a%2F?q=%40%21%24%27%28%29%2A%2C%3B%20%2B%26";
    expect(signedUri(address)).toBe("https://x.example/:/?q=@!$'()*,;%20%2B%26");
  });
});
