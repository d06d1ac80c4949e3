/** Something other than a choice between values holds this record back: says what can be done. */
import { Alert, ButtonRow, Flex, LoadingButton, Text, Tile } from "@hubspot/ui-extensions";
import { answerWords } from "crm-sync-common/words.ts";
import type { AnswerVerb, CardProblem } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import type { Acting } from "../hooks/use-acting.ts";
import { Candidate } from "./Candidate.tsx";
import type { View } from "./RecordView.tsx";

interface ProblemTileProps {
  readonly problem: CardProblem;
  readonly acting: Acting;
  readonly view: View;
}

export function ProblemTile({ problem, acting, view }: ProblemTileProps) {
  const { exceptionId, shown, candidates } = problem;
  const mayAnswer = view.board.record.mayResolve;
  const answers = problem.verbs.length > 0 || candidates.some(({ verbs }) => verbs.length > 0);
  const ask = (verb: AnswerVerb, index: number | null) => {
    const named = index === null ? undefined : candidates[index];
    const candidate = named ? { system: named.system, recordId: named.recordId } : null;
    acting.act(actName(exceptionId, verb, index), () =>
      view.service.answer({ exceptionId, shown, verb, candidate }),
    );
  };
  const failure = acting.failure?.name.startsWith(exceptionId) ? acting.failure.text : null;
  return (
    <Tile compact testId={`problem-${exceptionId}`}>
      <Flex direction="column" gap="sm">
        <Flex direction="column" gap="xs">
          <Text format={{ fontWeight: "demibold" }}>{problem.label ?? "This record"}</Text>
          <Text>{problem.message}</Text>
          {!(answers && mayAnswer) && <Text>{problem.mend}</Text>}
          <Text variant="microcopy">Found {view.ago(problem.openedAt)}</Text>
        </Flex>
        {failure !== null && (
          <Alert variant="warning" title="Not done yet">
            <Text>{failure}</Text>
          </Alert>
        )}
        {candidates.map((candidate, index) => (
          <Candidate
            key={`${candidate.system} ${candidate.recordId}`}
            candidate={candidate}
            view={view}
          >
            {mayAnswer && (
              <Verbs
                verbs={candidate.verbs}
                system={candidate.label}
                nameOf={(verb) => actName(exceptionId, verb, index)}
                acting={acting}
                onAnswer={(verb) => ask(verb, index)}
              />
            )}
          </Candidate>
        ))}
        {mayAnswer && problem.verbs.length > 0 && (
          <Verbs
            verbs={problem.verbs}
            system={problem.system ?? ""}
            nameOf={(verb) => actName(exceptionId, verb, null)}
            acting={acting}
            onAnswer={(verb) => ask(verb, null)}
          />
        )}
      </Flex>
    </Tile>
  );
}

const actName = (exceptionId: string, verb: AnswerVerb, index: number | null): string =>
  `${exceptionId}-${verb}${index === null ? "" : `-${index}`}`;

interface VerbsProps {
  readonly verbs: readonly AnswerVerb[];
  readonly system: string;
  readonly nameOf: (verb: AnswerVerb) => string;
  readonly acting: Acting;
  readonly onAnswer: (verb: AnswerVerb) => void;
}

/** A deletion is asked about once more, in place: it is the only answer that takes away. */
function Verbs({ verbs, system, nameOf, acting, onAnswer }: VerbsProps) {
  const [isAsking, setIsAsking] = useState(false);
  const offered = isAsking ? verbs.filter((verb) => verb === "delete") : verbs;
  if (verbs.length === 0) return null;
  return (
    <Flex direction="column" gap="xs">
      {isAsking && <Text>Delete it? It can be restored from the recycle bin for a while.</Text>}
      <ButtonRow>
        {offered.map((verb) => (
          <LoadingButton
            key={verb}
            size="xs"
            variant={isAsking ? "destructive" : "secondary"}
            loading={acting.underWay === nameOf(verb)}
            disabled={acting.underWay !== null && acting.underWay !== nameOf(verb)}
            onClick={() => {
              if (verb === "delete" && !isAsking) setIsAsking(true);
              else onAnswer(verb);
            }}
            testId={nameOf(verb)}
          >
            {isAsking ? "Yes, delete it" : answerWords[verb](system)}
          </LoadingButton>
        ))}
        {isAsking && (
          <LoadingButton
            size="xs"
            variant="secondary"
            loading={false}
            disabled={acting.underWay !== null}
            onClick={() => setIsAsking(false)}
          >
            Cancel
          </LoadingButton>
        )}
      </ButtonRow>
    </Flex>
  );
}
