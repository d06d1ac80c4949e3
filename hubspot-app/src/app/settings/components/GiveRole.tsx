/** Gives a person or a team a role. */
import {
  Flex,
  Form,
  Heading,
  LoadingButton,
  SearchInput,
  Select,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControl, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { Answered, Holder } from "crm-sync-shared/control.ts";
import { useState } from "react";
import type { PartProps } from "../part.ts";
import { roleOf, roleOptions } from "../roles.ts";
import { Refused } from "./Failure.tsx";
import { Narrow } from "./Narrow.tsx";

export function GiveRole({ settings, onChanged }: PartProps) {
  const { may } = useDesk();
  const { addAlert } = useExtensionActions<"settings">();
  const [text, find] = useState("");
  const people = useControl("people", { text });
  const [holder, chooseHolder] = useState<string | null>(null);
  const [role, chooseRole] = useState("resolver-all");
  const give = useControlAct("role-set");
  if (!may("change_roles")) return <Text>Only admins give roles.</Text>;
  const submit = async () => {
    const chosen = holderOf(holder);
    if (chosen === null) return;
    const { version } = settings;
    const opened = await give.run({ holder: chosen, role: roleOf(role), version });
    if (!opened?.ok) return;
    addAlert({ type: "success", message: "Given." });
    onChanged();
  };
  return (
    <Form onSubmit={submit}>
      <Narrow>
        <Heading>Give a role</Heading>
        <SearchInput
          label="Find a person or a team"
          name="find"
          placeholder="Name or e-mail"
          onChange={(next) => find(next ?? "")}
        />
        <Select
          label="Who"
          name="holder"
          placeholder="Choose a person or a team"
          {...(holder === null ? {} : { value: holder })}
          options={people.data ? holders(people.data) : []}
          onChange={(value) => chooseHolder(String(value))}
        />
        {people.data?.note && <Text variant="microcopy">{people.data.note}</Text>}
        <Select
          label="Role"
          name="role"
          value={role}
          options={roleOptions(true)}
          onChange={(value) => chooseRole(String(value))}
        />
        <Refused trouble={people.trouble} />
        <Refused trouble={give.trouble} onLookAgain={onChanged} />
        <Flex>
          <LoadingButton
            type="submit"
            variant="primary"
            loading={give.isRunning}
            disabled={holder === null}
            testId="give-role"
          >
            Give this role
          </LoadingButton>
        </Flex>
      </Narrow>
    </Form>
  );
}

/** People and teams in one list: "user 101", "team 7". */
const holders = ({ people, teams }: Answered<"people">) => [
  ...teams.map(({ key, label }) => ({ value: `team ${key}`, label: `Team: ${label}` })),
  ...people.map(({ id, name, email }) => ({ value: `user ${id}`, label: name ?? email ?? id })),
];

function holderOf(text: string | null): Holder | null {
  const [kind, id] = text?.split(" ") ?? [];
  if (id === undefined || (kind !== "user" && kind !== "team")) return null;
  return { kind, id };
}
