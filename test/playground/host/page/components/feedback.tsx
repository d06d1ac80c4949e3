/** Components that say how things stand. */
import type * as sdk from "@hubspot/ui-extensions";
import type { ReactNode } from "react";
import { useId } from "react";
import { Glyph } from "./icons.tsx";
import { useOverlay, useReactions } from "./overlays.tsx";
import { classes, extensionEvent, HeadingElement, Hidden, short } from "./shared.tsx";
import { Drawing } from "./text.tsx";

export function Alert({ title, variant = "info", children, testId }: sdk.AlertProps) {
  const tone = variant === "error" ? "danger" : variant;
  const role = tone === "danger" || tone === "warning" ? "alert" : "status";
  return (
    <div className={`alert alert--${tone}`} role={role} data-test-id={testId}>
      <p className="alert__title">{title}</p>
      {children && <div>{children}</div>}
    </div>
  );
}

export function LoadingSpinner(props: sdk.LoadingSpinnerProps) {
  const { label, showLabel, size = "sm", layout = "inline", testId } = props;
  return (
    <div
      className={classes("loading", layout === "centered" && "loading--centered")}
      role="status"
      data-test-id={testId}
    >
      <span className={`spinner spinner--${short(size)}`} aria-hidden="true" />
      {showLabel ? <span>{label}</span> : <Hidden>{label}</Hidden>}
    </div>
  );
}

export function ProgressBar(props: sdk.ProgressBarProps) {
  const { title, value = 0, showPercentage, valueDescription, variant = "success" } = props;
  const most = props.maxValue ?? props.valueMax ?? 100;
  const percent = Math.max(0, Math.min(100, (value / most) * 100));
  const titleId = useId();
  const label = props["aria-label"] ?? (title ? undefined : (valueDescription ?? "Progress"));
  return (
    <div className="progress" data-test-id={props.testId}>
      {title && (
        <div className="progress__title" id={titleId}>
          {title}
        </div>
      )}
      <div className="progress__row">
        <div
          className="progress__track"
          role="progressbar"
          aria-valuemin={0}
          aria-valuemax={most}
          aria-valuenow={value}
          aria-valuetext={valueDescription}
          {...(label ? { "aria-label": label } : { "aria-labelledby": titleId })}
        >
          <div
            className={`progress__fill progress__fill--${variant}`}
            style={{ width: `${percent}%` }}
          />
        </div>
        {showPercentage && <span className="progress__percent">{Math.round(percent)}%</span>}
      </div>
      {valueDescription && <div className="text text--microcopy">{valueDescription}</div>}
    </div>
  );
}

export function EmptyState(props: sdk.EmptyStateProps) {
  const { title, layout = "horizontal", reverseOrder, imageWidth = 250, flush } = props;
  const className = classes(
    `empty empty--${layout}`,
    reverseOrder && "empty--reverse",
    flush && "empty--flush",
  );
  return (
    <div className={className} data-test-id={props.testId}>
      <div className="empty__text">
        {title && <HeadingElement className="empty__title">{title}</HeadingElement>}
        <div>{props.children}</div>
      </div>
      <div className="empty__image" style={{ maxWidth: imageWidth }} data-image={props.imageName}>
        <Drawing tone="calm" />
      </div>
    </div>
  );
}

export function ErrorState({ title, type = "error", children, testId }: sdk.ErrorStateProps) {
  return (
    <div className="empty empty--vertical" role="alert" data-test-id={testId}>
      <div className="empty__text">
        {title && <HeadingElement className="empty__title">{title}</HeadingElement>}
        <div>{children}</div>
      </div>
      <div className="empty__image">
        <Drawing tone={type === "lock" ? "lock" : "alarm"} />
      </div>
    </div>
  );
}

export function Tag({ variant = "default", onClick, overlay, children, testId }: sdk.TagProps) {
  const reactions = useReactions();
  const { openOverlay, triggerProps, overlayElement } = useOverlay(overlay);
  const className = `tag tag--${variant}`;
  if (!onClick && !overlay) {
    return (
      <span className={className} data-test-id={testId}>
        {children}
      </span>
    );
  }
  return (
    <>
      <button
        type="button"
        className={className}
        data-test-id={testId}
        onClick={(event) => {
          onClick?.(extensionEvent(event), reactions);
          openOverlay();
        }}
        {...triggerProps}
      >
        {children}
      </button>
      {overlayElement}
    </>
  );
}

export function StatusTag(props: sdk.StatusTagProps) {
  const { variant = "default", hollow, onClick, showRemoveIcon, onRemoveClick, testId } = props;
  const body: ReactNode = (
    <>
      <i
        className={classes(`status__dot status__dot--${variant}`, hollow && "is-hollow")}
        aria-hidden="true"
      />
      {props.children}
    </>
  );
  return (
    <span className="status">
      {onClick ? (
        <button
          type="button"
          className="status__main"
          data-test-id={testId}
          onClick={() => onClick()}
        >
          {body}
        </button>
      ) : (
        <span className="status__main" data-test-id={testId}>
          {body}
        </span>
      )}
      {showRemoveIcon && (
        <button
          type="button"
          className="status__remove"
          aria-label="Remove"
          onClick={() => onRemoveClick?.()}
        >
          <Glyph name="remove" size={12} />
        </button>
      )}
    </span>
  );
}

const circumference = 2 * Math.PI * 19;

export function ScoreCircle({ score }: sdk.ScoreProps) {
  const tone = score < 33 ? "#f2545b" : score < 66 ? "#f5c26b" : "#00bda5";
  const filled = (Math.max(0, Math.min(100, score)) / 100) * circumference;
  const circle = { cx: 22, cy: 22, r: 19, fill: "none", strokeWidth: 4 };
  return (
    <svg viewBox="0 0 44 44" className="score" role="img" aria-label={`Score ${score} of 100`}>
      <circle {...circle} stroke="#eaf0f6" />
      <circle
        {...circle}
        stroke={tone}
        strokeDasharray={`${filled} ${circumference}`}
        transform="rotate(-90 22 22)"
      />
      <text x="22" y="27" textAnchor="middle">
        {score}
      </text>
    </svg>
  );
}
