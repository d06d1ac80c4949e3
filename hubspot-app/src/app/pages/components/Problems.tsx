/** What holds a record back and is no choice between values: what it is, and what to answer. */
import {
  AutoGrid,
  ButtonRow,
  Flex,
  Heading,
  LoadingButton,
  Text,
  Tile,
} from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useDesk } from "crm-sync-common/desk.ts";
import { open } from "crm-sync-common/trouble.ts";
import { type Act, useAct } from "crm-sync-common/use-act.ts";
import { answerWords } from "crm-sync-common/words.ts";
import type { AnswerRequest, AnswerVerb } from "crm-sync-shared/contract.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useCallback, useState } from "react";
import { Candidate } from "./Candidate.tsx";
import { Refused } from "./Refused.tsx";

type Data = Answered<"record">;
type Problem = Data["record"]["problems"][number];

interface ProblemsProps {
  readonly data: Data;
  readonly onChanged: () => void;
}

export function Problems({ data, onChanged }: ProblemsProps) {
  const { problems } = data.record;
  if (problems.length === 0) return null;
  return (
    <AutoGrid columnWidth={420} gap="md" flexible>
      {problems.map((problem) => (
        <ProblemTile
          key={problem.exceptionId}
          problem={problem}
          data={data}
          onChanged={onChanged}
        />
      ))}
    </AutoGrid>
  );
}

function ProblemTile({ problem, data, onChanged }: ProblemsProps & { readonly problem: Problem }) {
  const { ago } = useDesk();
  const { exceptionId, shown, candidates, verbs } = problem;
  const act = useAnswering();
  const mayAnswer = data.record.mayResolve && data.hubspot !== null;
  const isAnswered = verbs.length > 0 || candidates.some((each) => each.verbs.length > 0);
  const answer = async (verb: AnswerVerb, candidate: AnswerRequest["candidate"]) => {
    if (data.hubspot === null) return;
    await act.run({ ...data.hubspot, exceptionId, shown, verb, candidate });
    onChanged();
  };
  return (
    <Tile>
      <Flex direction="column" gap="md">
        <Heading>{problem.label ?? "This record"}</Heading>
        <Text>{problem.message}</Text>
        {!(isAnswered && mayAnswer) && <Text>{problem.mend}</Text>}
        <Text variant="microcopy">
          {`Found ${ago(problem.openedAt)}. `}
          <PageLink to="/exceptions/:exceptionId" params={{ exceptionId }}>
            See the exception
          </PageLink>
        </Text>
        <AutoGrid columnWidth={380} gap="md" flexible>
          {candidates.map((candidate) => (
            <Candidate key={`${candidate.system} ${candidate.recordId}`} candidate={candidate}>
              {mayAnswer && (
                <Verbs
                  verbs={candidate.verbs}
                  system={candidate.label}
                  act={act}
                  onAnswer={(verb) =>
                    answer(verb, { system: candidate.system, recordId: candidate.recordId })
                  }
                />
              )}
            </Candidate>
          ))}
        </AutoGrid>
        {mayAnswer && (
          <Verbs
            verbs={verbs}
            system={problem.system ?? ""}
            act={act}
            onAnswer={(verb) => answer(verb, null)}
          />
        )}
        <Refused trouble={act.trouble} />
      </Flex>
    </Tile>
  );
}

type Answering = Act<AnswerRequest, Answered<"record-sync">>;

function useAnswering(): Answering {
  const { control } = useDesk();
  return useAct(
    useCallback(
      (asked: AnswerRequest) => control.answer(asked).then(open<Answered<"record-sync">>),
      [control],
    ),
  );
}

interface VerbsProps {
  readonly verbs: readonly AnswerVerb[];
  readonly system: string;
  readonly act: Answering;
  readonly onAnswer: (verb: AnswerVerb) => void;
}

/** A deletion is asked about once more, in place: it is the only answer that takes away. */
function Verbs({ verbs, system, act, onAnswer }: VerbsProps) {
  const [isAsking, setAsking] = useState(false);
  if (verbs.length === 0) return null;
  const offered = isAsking ? verbs.filter((verb) => verb === "delete") : verbs;
  const choose = (verb: AnswerVerb) => {
    if (verb === "delete" && !isAsking) setAsking(true);
    else onAnswer(verb);
  };
  return (
    <Flex direction="column" gap="xs">
      {isAsking && <Text>Delete it? It can be restored from the recycle bin for a while.</Text>}
      <ButtonRow>
        {offered.map((verb) => (
          <LoadingButton
            key={verb}
            size="sm"
            variant={isAsking ? "destructive" : "secondary"}
            loading={act.isRunning}
            onClick={() => choose(verb)}
          >
            {isAsking ? "Yes, delete it" : answerWords[verb](system)}
          </LoadingButton>
        ))}
        {isAsking && (
          <LoadingButton size="sm" disabled={act.isRunning} onClick={() => setAsking(false)}>
            Cancel
          </LoadingButton>
        )}
      </ButtonRow>
    </Flex>
  );
}
