/** Who may do what: what everybody is, and who is more. */
import {
  Flex,
  Form,
  Heading,
  LoadingButton,
  Select,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import type { PartProps } from "../part.ts";
import { roleKey, roleLabel, roleOf, roleOptions } from "../roles.ts";
import { useSaving } from "../use-saving.ts";
import { Refused } from "./Failure.tsx";
import { GiveRole } from "./GiveRole.tsx";
import { Narrow } from "./Narrow.tsx";

type Given = Answered<"settings">["roles"][number];

export function Roles(props: PartProps) {
  return (
    <Flex direction="column" gap="lg">
      <DefaultRole {...props} />
      <Flex direction="column" gap="sm">
        <Heading>Given to people and teams</Heading>
        <Text>Of several roles a person has, the highest counts.</Text>
        <RoleTable {...props} />
      </Flex>
      <GiveRole {...props} />
    </Flex>
  );
}

function DefaultRole(props: PartProps) {
  const { may } = useDesk();
  const [role, choose] = useState(roleKey(props.settings.defaultRole));
  const { save, isSaving, trouble } = useSaving(props);
  const isReadOnly = !may("change_roles");
  return (
    <Form onSubmit={() => save({ defaultRole: roleOf(role) })}>
      <Narrow>
        <Select
          label="Everybody else"
          name="default-role"
          description="Whoever is given no role below."
          readOnly={isReadOnly}
          value={role}
          options={roleOptions(false)}
          onChange={(value) => choose(String(value))}
        />
        <Refused trouble={trouble} onLookAgain={props.onChanged} />
        <Flex>
          <LoadingButton
            type="submit"
            size="sm"
            loading={isSaving}
            disabled={isReadOnly || role === roleKey(props.settings.defaultRole)}
            testId="save-default"
          >
            Save for everybody else
          </LoadingButton>
        </Flex>
      </Narrow>
    </Form>
  );
}

function RoleTable({ settings, onChanged }: PartProps) {
  const { may } = useDesk();
  const take = useControlAct("role-set");
  if (settings.roles.length === 0) return <Text>Nobody has a role of their own.</Text>;
  const takeFrom = async ({ holder }: Given) => {
    const opened = await take.run({ holder, role: null, version: settings.version });
    if (opened?.ok) onChanged();
  };
  return (
    <>
      <Refused trouble={take.trouble} onLookAgain={onChanged} />
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            <TableHeader>Who</TableHeader>
            <TableHeader>May</TableHeader>
            <TableHeader>Given</TableHeader>
            <TableHeader width="min" align="right">
              Take away
            </TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {settings.roles.map((given) => (
            <TableRow key={`${given.holder.kind} ${given.holder.id}`}>
              <TableCell>
                <Text>{given.label}</Text>
                {given.holder.kind === "team" && <Text variant="microcopy">Team</Text>}
              </TableCell>
              <TableCell>{roleLabel(given.role)}</TableCell>
              <TableCell>
                <GivenBy given={given} />
              </TableCell>
              <TableCell width="min" align="right">
                <LoadingButton
                  size="xs"
                  loading={take.isRunning}
                  disabled={given.isFixed || !may("change_roles")}
                  onClick={() => takeFrom(given)}
                  testId={`take-${given.holder.kind}-${given.holder.id}`}
                >
                  Take away
                </LoadingButton>
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </>
  );
}

function GivenBy({ given }: { readonly given: Given }) {
  const { ago } = useDesk();
  if (given.isFixed) return <Text>Where the sync is deployed: changed only there</Text>;
  const by = given.by === null ? "" : ` by ${given.by}`;
  return <Text>{given.at === null ? "--" : `${ago(given.at)}${by}`}</Text>;
}
