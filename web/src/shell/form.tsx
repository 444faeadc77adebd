import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Action } from './action.ts';
import { useGrowing } from './growing.ts';
import { EyeIcon } from './icons.tsx';
import { problemWords } from './problem-words.ts';
import { texts } from './texts.ts';
import type { FormState } from './use-form.ts';

export interface FormProps {
  form: Pick<FormState<string>, 'submit'>;
  children: ComponentChildren;
  boxed?: boolean;
}

/** A form whose rules are ours: what is wrong stands beside the field, and the first such field takes the focus. */
export function Form({ form, children, boxed = false }: FormProps) {
  return (
    <form
      class={boxed ? 'form card boxed' : 'form'}
      noValidate
      onSubmit={event => {
        event.preventDefault();
        const element = event.currentTarget;
        form.submit();
        requestAnimationFrame(() => element.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      }}
    >
      {children}
    </form>
  );
}

export interface FormEndProps {
  form: Pick<FormState<string>, 'refusal' | 'pending' | 'isDone'>;
  /** What sending it does. */
  yes: string;
  /** What to say when it was done, where the form stays. */
  done?: string;
  onCancel?: () => void;
  /** The button is as wide as the form. */
  wide?: boolean;
  /** It cannot be sent, for a reason that the form shows. */
  disabled?: boolean;
}

/** The end of a form: why it was not taken, and its buttons. */
export function FormEnd({
  form: { refusal, pending, isDone },
  yes,
  done,
  onCancel,
  wide = false,
  disabled = false,
}: FormEndProps) {
  return (
    <>
      <FormError>{refusal}</FormError>
      <div class="form-foot">
        <button
          type="submit"
          class={wide ? 'button primary wide' : 'button primary'}
          aria-disabled={pending || disabled}
        >
          {pending ? <i class="busy" aria-hidden="true" /> : null}
          {yes}
        </button>
        {onCancel === undefined ? null : (
          <button type="button" class="button" onClick={onCancel}>
            {texts.common.cancel}
          </button>
        )}
        {isDone && done !== undefined ? <span class="muted">{done}</span> : null}
      </div>
    </>
  );
}

export interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  error?: string | null;
  help?: string;
  name?: string;
  type?: 'text' | 'password';
  autocomplete?: string;
  required?: boolean;
  maxLength?: number;
  autofocus?: boolean;
}

/** One input with its label, its rule and, beside it, what is wrong with it. */
export function Field({
  label,
  value,
  onValue,
  error,
  help,
  type = 'text',
  required = true,
  autofocus,
  ...rest
}: FieldProps) {
  const id = useId();
  const [shown, show] = useState(false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-input">
        <input
          {...rest}
          id={id}
          ref={input => {
            if (autofocus && input !== null) focusOnce(input);
          }}
          // The types tell inputs apart by this attribute, so it cannot be one of two.
          type={(type === 'password' && !shown ? 'password' : 'text') as 'text'}
          value={value}
          dir="auto"
          spellcheck={false}
          autocapitalize="none"
          aria-required={required}
          aria-invalid={Boolean(error)}
          aria-describedby={error ? `${id}-error` : help ? `${id}-help` : undefined}
          onInput={event => onValue(event.currentTarget.value)}
        />
        {type === 'password' ? (
          <button
            type="button"
            class="icon-button field-toggle"
            aria-label={shown ? texts.common.hidePassword : texts.common.showPassword}
            aria-pressed={shown}
            onClick={() => show(!shown)}
          >
            <EyeIcon crossed={shown} />
          </button>
        ) : null}
      </div>
      {error ? (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      ) : help ? (
        // An error says what the help says, and more.
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      ) : null}
    </div>
  );
}

export interface TextAreaProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  error?: string | null;
  placeholder?: string;
  rows?: number;
  autofocus?: boolean;
}

/** Several lines of text. Enter is a new line; with Ctrl or Command it sends the form. */
export function TextArea({ label, value, onValue, error, placeholder, rows = 5, autofocus }: TextAreaProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        ref={area => {
          field.current = area;
          // It comes up after a moment, and by then the person may be somewhere else.
          const isFree = document.activeElement === document.body || document.activeElement?.tagName === 'H1';
          if (autofocus && area !== null && isFree) focusOnce(area);
        }}
        rows={rows}
        dir="auto"
        value={value}
        placeholder={placeholder}
        aria-required
        aria-invalid={Boolean(error)}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={event => onValue(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key !== 'Enter' || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      {error ? (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      ) : null}
    </div>
  );
}

const focused = new WeakSet<HTMLElement>();

function focusOnce(input: HTMLElement): void {
  if (focused.has(input)) return;
  focused.add(input);
  queueMicrotask(() => input.focus());
}

export interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; name: string }[];
  onValue: (value: T) => void;
  /** The label is for listeners only. */
  quiet?: boolean;
  /** What was chosen is on its way to the server: it stays shown, and nothing else can be chosen meanwhile. */
  pending?: boolean;
  /** Why not all of it can be chosen. */
  missing?: { words: string; onRetry: () => void } | null;
}

export function Choice<T extends string>({
  label,
  value,
  options,
  onValue,
  quiet,
  pending = false,
  missing = null,
}: ChoiceProps<T>) {
  const id = useId();
  const [chosen, choose] = useState<T | null>(null);
  // Then the true value stands there again, whatever it is.
  useEffect(() => {
    if (!pending) choose(null);
  }, [pending]);
  const shown = pending && chosen !== null ? chosen : value;
  return (
    <div class={quiet ? 'choice' : 'field'}>
      <label for={id} class={quiet ? 'visually-hidden' : ''}>
        {label}
      </label>
      <select
        id={id}
        value={shown}
        // Not `disabled`, which would take the focus away from whoever chooses by keyboard.
        aria-disabled={pending}
        onChange={event => {
          const to = event.currentTarget.value as T;
          if (pending) {
            event.currentTarget.value = shown;
            return;
          }
          choose(to);
          onValue(to);
        }}
      >
        {options.map(option => (
          <option key={option.value} value={option.value} dir="auto">
            {option.name}
          </option>
        ))}
      </select>
      {missing === null ? null : (
        <div class="form-error" role="alert">
          <span>{missing.words}</span>
          <button type="button" class="button small" onClick={missing.onRetry}>
            {texts.common.retry}
          </button>
        </div>
      )}
    </div>
  );
}

export function FormError({ children }: { children: ComponentChildren }) {
  return children ? (
    <p class="form-error" role="alert">
      {children}
    </p>
  ) : null;
}

/** Why it did not work, in place. What a refusal says again is not worth a button; what may pass by itself is. */
export function ActionProblem({ action: { pending, problem, retry } }: { action: Action }) {
  if (problem === null) return null;
  const mayPass = problem.status === 0 || problem.status === 429 || problem.status >= 500;
  return (
    <div class="form-error" role="alert">
      <span>{problemWords(problem)}</span>
      {mayPass ? (
        <button type="button" class="button small" aria-disabled={pending} onClick={retry}>
          {texts.common.retry}
        </button>
      ) : null}
    </div>
  );
}
