/** What reps propose to be decided otherwise, to be accepted or declined with a note. */
import {
  Alert,
  AutoGrid,
  Button,
  Flex,
  Heading,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  StatusTag,
  Text,
  TextArea,
  Tile,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { ControlProposal } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { unknownState } from "../words.ts";
import { Facts } from "./Facts.tsx";
import { Opener } from "./Opener.tsx";
import { Refused } from "./Refused.tsx";

interface ProposalsProps {
  readonly proposals: readonly ControlProposal[];
  readonly onChanged: () => void;
}

export function Proposals({ proposals, onChanged }: ProposalsProps) {
  if (proposals.length === 0) return null;
  return (
    <Flex direction="column" gap="sm">
      <Heading>Proposals</Heading>
      <AutoGrid columnWidth={420} gap="md" flexible>
        {proposals.map((proposal) => (
          <Proposal key={proposal.id} proposal={proposal} onChanged={onChanged} />
        ))}
      </AutoGrid>
    </Flex>
  );
}

const states = {
  waiting: { variant: "info", says: "Waits for an answer" },
  accepted: { variant: "success", says: "Accepted" },
  declined: { variant: "default", says: "Declined" },
} as const;

interface ProposalProps {
  readonly proposal: ControlProposal;
  readonly onChanged: () => void;
}

function Proposal({ proposal, onChanged }: ProposalProps) {
  const { ago, may } = useDesk();
  const { variant, says } = states[proposal.state] ?? unknownState;
  const { entityId, answeredBy, answeredAt, note } = proposal;
  return (
    <Tile compact>
      <Flex direction="column" gap="sm">
        <Flex gap="sm" align="center" wrap>
          <Text format={{ fontWeight: "demibold" }}>
            {`${proposal.objectLabel}: ${proposal.fieldLabel}`}
          </Text>
          <StatusTag variant={variant}>{says}</StatusTag>
        </Flex>
        <Facts
          facts={[
            ["Now", proposal.now],
            ["Proposed", proposal.proposed],
            ["By", `${proposal.by}, ${ago(proposal.at)}`],
            ...(answeredBy === null
              ? []
              : [["Answered", `${answeredBy}, ${ago(answeredAt ?? proposal.at)}`] as const]),
            ...(note ? [["Note", note] as const] : []),
          ]}
        />
        {entityId !== null && (
          <PageLink to="/records/:entityId" params={{ entityId }}>
            The record it was proposed on
          </PageLink>
        )}
        {proposal.state === "accepted" && <Change change={proposal.change} />}
        {proposal.state === "waiting" && may("answer_proposal") && (
          <Flex gap="sm">
            <Opener label="Accept…" testId={`accept-${proposal.id}`}>
              <AnswerModal proposal={proposal} answer="accept" onChanged={onChanged} />
            </Opener>
            <Opener label="Decline…" testId={`decline-${proposal.id}`}>
              <AnswerModal proposal={proposal} answer="decline" onChanged={onChanged} />
            </Opener>
          </Flex>
        )}
      </Flex>
    </Tile>
  );
}

/** The rules are the installation's own file: accepting one says what to change there. */
function Change({ change }: { readonly change: string }) {
  const { copyTextToClipboard } = useExtensionActions<"pages">();
  return (
    <Alert variant="info" title="To be changed in worker/sync.config.ts">
      <Flex direction="column" gap="sm" align="start">
        <Text>{change}</Text>
        <Button size="xs" onClick={() => copyTextToClipboard(change)}>
          Copy
        </Button>
      </Flex>
    </Alert>
  );
}

function AnswerModal(props: ProposalProps & { readonly answer: "accept" | "decline" }) {
  const { proposal, answer: kind, onChanged } = props;
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const [note, setNote] = useState("");
  const answer = useControlAct("proposal-answer");
  const id = `${kind}-${proposal.id}`;
  const isAccept = kind === "accept";
  const send = async () => {
    const opened = await answer.run({ proposalId: proposal.id, answer: kind, note });
    if (!opened?.ok) return;
    addAlert({ type: "success", message: isAccept ? "Accepted." : "Declined." });
    closeOverlay(id);
    onChanged();
  };
  return (
    <Modal id={id} title={isAccept ? "Accept the proposal" : "Decline the proposal"} width="md">
      <ModalBody>
        <Flex direction="column" gap="md">
          <Text>{proposal.proposed}</Text>
          {isAccept && (
            <Text>
              The rules stand in the configuration of your installation. Accepting records the
              decision and shows what to change there; nothing changes before.
            </Text>
          )}
          <TextArea
            label="Note to who proposed it"
            name="note"
            maxLength={1000}
            value={note}
            onInput={(text) => setNote(text)}
          />
          <Refused trouble={answer.trouble} />
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton
          variant="primary"
          loading={answer.isRunning}
          onClick={send}
          testId={`${kind}-confirm`}
        >
          {isAccept ? "Accept" : "Decline"}
        </LoadingButton>
        <Button onClick={() => closeOverlay(id)}>Cancel</Button>
      </ModalFooter>
    </Modal>
  );
}
