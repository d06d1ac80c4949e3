/** Refusals, in HubSpot's words. A refused write has changed nothing. */

export interface ErrorDetail {
  readonly message: string;
  readonly code?: string;
  readonly in?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

export interface RefusalParts {
  readonly errors?: readonly ErrorDetail[];
  readonly context?: Readonly<Record<string, readonly string[]>>;
  readonly subCategory?: string;
  readonly links?: Readonly<Record<string, string>>;
}

/** Thrown by a verb, caught at the edge of the API or of one row of a batch. */
export class Refused extends Error {
  readonly status: number;
  /** Some of HubSpot's answers carry none. */
  readonly category: string | null;
  readonly parts: RefusalParts;

  constructor(status: number, category: string | null, message: string, parts: RefusalParts = {}) {
    super(message);
    this.status = status;
    this.category = category;
    this.parts = parts;
  }
}

export interface InvalidValue {
  readonly code: string;
  readonly message: string;
  readonly property: string;
  readonly value?: string;
}

/** The message repeats every invalid property as JSON; `errors` has them once more. */
export function invalidValues(portalId: number, invalid: readonly InvalidValue[]): Refused {
  const inner = invalid.map((each) => ({
    isValid: false,
    message: each.message,
    error: each.code,
    name: each.property,
    ...(each.value === undefined ? {} : { propertyValue: each.value }),
    localizedErrorMessage: each.message,
    portalId,
  }));
  const message = `Property values were not valid: ${JSON.stringify(inner)}`;
  const errors = invalid.map((each) => ({
    message: each.message,
    code: each.code,
    context: { propertyName: [each.property] },
  }));
  return new Refused(400, "VALIDATION_ERROR", message, { errors });
}

export function contactExists(id: string): Refused {
  return new Refused(409, "CONFLICT", `Contact already exists. Existing ID: ${id}`);
}

export interface TakenValue {
  readonly portalId: number;
  readonly typeName: string;
  readonly property: string;
  readonly value: string;
  /** The record that would get the value, and the one that has it. */
  readonly targetId: string;
  readonly holderId: string;
}

/** Of other unique values than e-mail addresses. Neither `errors` nor `context` come with it. */
export function valueTaken(taken: TakenValue): Refused {
  const { portalId, property, value, targetId, holderId } = taken;
  const type = `ObjectTypeId{legacyObjectType=${taken.typeName.toUpperCase()}}`;
  const where = `portalId=${portalId}, objectTypeId=${type}, propertyName=${property}`;
  const message =
    `Cannot set PropertyValueCoordinates{${where}, value=${value}} on ${targetId}. ` +
    `${holderId} already has that value.`;
  return new Refused(400, "VALIDATION_ERROR", message);
}

export function rulesBroken(errors: readonly ErrorDetail[]): Refused {
  const message = "The property values provided are invalid";
  return new Refused(400, "VALIDATION_ERROR", message, { errors });
}

export function nothingToUpdate(): Refused {
  const message = "No properties found to update, please provide at least one.";
  return new Refused(400, "VALIDATION_ERROR", message);
}

export function requiredMissing(typeName: string, properties: readonly string[]): Refused {
  const type = typeName.toUpperCase();
  const message = `Error creating ${type}. Some required properties were not set.`;
  return new Refused(400, "VALIDATION_ERROR", message, { context: { properties } });
}

/** Two spaces, as HubSpot sends it; a numeric id that leads nowhere has no category. */
export function notFound(id: string): Refused {
  if (/^\d+$/.test(id)) return new Refused(404, null, "resource not found");
  const message = "Object not found.  objectId are usually numeric.";
  return new Refused(404, "OBJECT_NOT_FOUND", message, { context: { id: [id] } });
}

export function someNotFound(typeName: string): string {
  return (
    `Could not get some ${typeName.toUpperCase()} objects, they may be deleted or not exist. ` +
    "Check that ids are valid."
  );
}

export function badInput(message: string): Refused {
  return new Refused(400, "VALIDATION_ERROR", message);
}

export function unauthenticated(): Refused {
  return new Refused(
    401,
    "INVALID_AUTHENTICATION",
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you " +
      "can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
  );
}

export function missingScopes(scopes: readonly string[]): Refused {
  return new Refused(
    403,
    "MISSING_SCOPES",
    "This app hasn't been granted all required scopes to make this call. " +
      "Read more about required scopes here: https://developers.hubspot.com/scopes.",
    {
      errors: [
        {
          message: "One or more of the following scopes are required.",
          context: { requiredGranularScopes: scopes },
        },
      ],
      links: { scopes: "https://developers.hubspot.com/scopes" },
    },
  );
}

export type LimitPolicy = "TEN_SECONDLY_ROLLING" | "SECONDLY" | "DAILY";

export function limitBody(policy: LimitPolicy, correlationId: string): Record<string, string> {
  const name = policy.toLowerCase();
  return {
    status: "error",
    message: `You have reached your ${name} limit.`,
    errorType: "RATE_LIMIT",
    correlationId,
    policyName: policy,
  };
}

export function errorBody(refused: Refused, correlationId: string): Record<string, unknown> {
  const { errors, context, subCategory, links } = refused.parts;
  return {
    status: "error",
    message: refused.message,
    correlationId,
    ...(errors === undefined ? {} : { errors }),
    ...(context === undefined ? {} : { context }),
    ...(links === undefined ? {} : { links }),
    ...(refused.category === null ? {} : { category: refused.category }),
    ...(subCategory === undefined ? {} : { subCategory }),
  };
}
