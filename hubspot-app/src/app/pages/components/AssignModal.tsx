/** Gives exceptions to somebody to see to, or takes them from everybody. */
import {
  Button,
  Flex,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  SearchInput,
  Select,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControl, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import { useState } from "react";
import { personName } from "../words.ts";
import { Refused } from "./Refused.tsx";

const modalId = "assign";
const nobody = "nobody";

interface AssignProps {
  readonly exceptionIds: readonly string[];
  readonly onChanged: () => void;
}

export function AssignModal(props: AssignProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Modal
      id={modalId}
      title="Assign"
      width="sm"
      onOpen={() => setOpen(true)}
      onClose={() => setOpen(false)}
    >
      {isOpen && <Assigning {...props} />}
    </Modal>
  );
}

function Assigning({ exceptionIds, onChanged }: AssignProps) {
  const { session } = useDesk();
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const [text, find] = useState("");
  const people = useControl("people", { text });
  const assign = useControlAct("assign");
  const [chosen, choose] = useState(session.person.id);
  const others = (people.data?.people ?? []).filter(({ id }) => id !== session.person.id);
  const send = async () => {
    const assignee = chosen === nobody ? null : chosen;
    const opened = await assign.run({ exceptionIds: [...exceptionIds], assignee });
    if (!opened?.ok) return;
    const whom = opened.data.assignee ? personName(opened.data.assignee) : "nobody";
    const what = counted(opened.data.count, "exception", "exceptions");
    addAlert({ type: "success", message: `${what} assigned to ${whom}.` });
    closeOverlay(modalId);
    onChanged();
  };
  return (
    <>
      <ModalBody>
        <Flex direction="column" gap="md">
          <SearchInput
            label="Find a person"
            name="person"
            placeholder="Name or e-mail"
            onChange={(next) => find(next ?? "")}
          />
          <Select
            label="Assign to"
            name="assignee"
            value={chosen}
            options={[
              { value: session.person.id, label: `Me (${personName(session.person)})` },
              ...others.map((person) => ({ value: person.id, label: personName(person) })),
              { value: nobody, label: "Nobody" },
            ]}
            onChange={(value) => choose(String(value))}
          />
          {people.data?.note && <Text variant="microcopy">{people.data.note}</Text>}
          <Refused trouble={people.trouble} />
          <Refused trouble={assign.trouble} />
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton
          variant="primary"
          loading={assign.isRunning}
          onClick={send}
          testId="assign-confirm"
        >
          {`Assign ${counted(exceptionIds.length, "exception", "exceptions")}`}
        </LoadingButton>
        <Button onClick={() => closeOverlay(modalId)}>Cancel</Button>
      </ModalFooter>
    </>
  );
}
