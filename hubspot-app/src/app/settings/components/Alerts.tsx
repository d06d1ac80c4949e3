/** Where people are told, of what, and whether it arrives. */
import {
  Alert,
  AutoGrid,
  Flex,
  Form,
  Heading,
  LoadingButton,
  MultiSelect,
  Text,
  Tile,
  Toggle,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import type { PartProps } from "../part.ts";
import { useSaving } from "../use-saving.ts";
import { Refused } from "./Failure.tsx";

type Channel = Answered<"settings">["channels"][number];

export function Alerts(props: PartProps) {
  const { may } = useDesk();
  const [channels, setChannels] = useState(props.settings.channels);
  const { save, isSaving, trouble } = useSaving(props);
  const isReadOnly = !may("change_settings");
  const change = (changed: Channel) =>
    setChannels(channels.map((each) => (each.channel === changed.channel ? changed : each)));
  const submit = () =>
    save({ channels: channels.map(({ channel, isOn, kinds }) => ({ channel, isOn, kinds })) });
  return (
    <Form onSubmit={submit}>
      <Flex direction="column" gap="md">
        <Text>
          New exceptions and crossed thresholds are told here. Secrets and addresses are set where
          the sync is deployed.
        </Text>
        <AutoGrid columnWidth={320} gap="md" flexible>
          {channels.map((channel) => (
            <ChannelTile
              key={channel.channel}
              channel={channel}
              isReadOnly={isReadOnly}
              onChange={change}
            />
          ))}
        </AutoGrid>
        <Refused trouble={trouble} onLookAgain={props.onChanged} />
        <Flex>
          <LoadingButton
            type="submit"
            variant="primary"
            loading={isSaving}
            disabled={isReadOnly}
            testId="save"
          >
            Save alerts
          </LoadingButton>
        </Flex>
      </Flex>
    </Form>
  );
}

interface ChannelProps {
  readonly channel: Channel;
  readonly isReadOnly: boolean;
  readonly onChange: (channel: Channel) => void;
}

function ChannelTile({ channel, isReadOnly, onChange }: ChannelProps) {
  const { session } = useDesk();
  const { label, isConfigured, mend, isOn, kinds } = channel;
  return (
    <Tile>
      <Flex direction="column" gap="md">
        <Heading>{label}</Heading>
        {mend !== null && <Text>{mend}</Text>}
        <Toggle
          label={`Tell people in ${label}`}
          name={`on-${channel.channel}`}
          checked={isOn && isConfigured}
          readOnly={isReadOnly || !isConfigured}
          onChange={(next) => onChange({ ...channel, isOn: next })}
        />
        <MultiSelect
          label="Only of these"
          name={`kinds-${channel.channel}`}
          description="None picked: of everything."
          readOnly={isReadOnly || !isConfigured}
          value={kinds}
          options={session.exceptionKinds.map((kind) => ({ value: kind.key, label: kind.label }))}
          onChange={(next) => onChange({ ...channel, kinds: next.map(String) })}
        />
        <Tested channel={channel} isDisabled={isReadOnly || !isConfigured} />
      </Flex>
    </Tile>
  );
}

function Tested(props: { readonly channel: Channel; readonly isDisabled: boolean }) {
  const { channel, label } = props.channel;
  const test = useControlAct("channel-test");
  return (
    <Flex direction="column" gap="sm" align="start">
      <LoadingButton
        size="sm"
        loading={test.isRunning}
        disabled={props.isDisabled}
        onClick={async () => {
          await test.run({ channel });
        }}
        testId={`test-${channel}`}
      >
        {`Send a test to ${label}`}
      </LoadingButton>
      <Refused trouble={test.trouble} />
      {test.data && (
        <Alert
          variant={test.data.sent ? "success" : "danger"}
          title={test.data.sent ? "Sent" : "Not sent"}
        >
          {test.data.message}
        </Alert>
      )}
    </Flex>
  );
}
