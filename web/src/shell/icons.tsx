import type { ComponentChildren } from 'preact';
import type { BellMode } from './wire.ts';

function Icon({ children, size = 16 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg
      class="icon"
      width={`${size / 16}rem`}
      height={`${size / 16}rem`}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const BellIcon = () => (
  <Icon size={18}>
    <path d="M8 1.8a4.2 4.2 0 0 0-4.2 4.2c0 3-.9 4.2-1.6 5-.3.4 0 1 .5 1h10.6c.5 0 .8-.6.5-1-.7-.8-1.6-2-1.6-5A4.2 4.2 0 0 0 8 1.8Z" />
    <path d="M6.4 14.1a1.9 1.9 0 0 0 3.2 0" />
  </Icon>
);
export const OverviewIcon = () => (
  <Icon>
    <rect x="2" y="2" width="5" height="6" rx="1.2" />
    <rect x="9" y="2" width="5" height="3.5" rx="1.2" />
    <rect x="2" y="10.5" width="5" height="3.5" rx="1.2" />
    <rect x="9" y="8" width="5" height="6" rx="1.2" />
  </Icon>
);
export const SessionsIcon = () => (
  <Icon>
    <path d="M2.5 3.8c0-.7.6-1.3 1.3-1.3h6.4c.7 0 1.3.6 1.3 1.3v3.4c0 .7-.6 1.3-1.3 1.3H6l-2.2 1.9V8.5c-.7 0-1.3-.6-1.3-1.3V3.8Z" />
    <path d="M13.5 6.5v4.2c0 .7-.6 1.3-1.3 1.3v1.8L10 12H7.5" />
  </Icon>
);
export const InboxIcon = () => (
  <Icon>
    <path d="M2 9.5 4 3.4c.2-.5.6-.9 1.2-.9h5.6c.6 0 1 .4 1.2.9l2 6.1v2.8c0 .7-.5 1.2-1.2 1.2H3.2c-.7 0-1.2-.5-1.2-1.2V9.5Z" />
    <path d="M2 9.5h3.4l1 1.8h3.2l1-1.8H14" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.5 10.5 3.3 3.3" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m3 8.5 3.2 3.2L13 4.8" />
  </Icon>
);
export const DismissIcon = () => (
  <Icon>
    <rect x="2" y="2.8" width="12" height="3.2" rx="1" />
    <path d="M3 6v6.2c0 .6.4 1 1 1h8c.6 0 1-.4 1-1V6M6.4 8.6h3.2" />
  </Icon>
);
export const ReadIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" />
    <path d="m5.6 8.2 1.7 1.7 3.2-3.5" />
  </Icon>
);
export const UnreadIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" />
    <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />
  </Icon>
);
export const ExternalIcon = () => (
  <Icon size={12}>
    <path d="M6 3H3.5C2.7 3 2 3.7 2 4.5v8c0 .8.7 1.5 1.5 1.5h8c.8 0 1.5-.7 1.5-1.5V10M9.5 2H14v4.5M14 2 7.5 8.5" />
  </Icon>
);
export const PersonIcon = () => (
  <Icon>
    <circle cx="8" cy="5.2" r="2.8" />
    <path d="M2.8 13.8c.5-2.8 2.6-4.3 5.2-4.3s4.7 1.5 5.2 4.3" />
  </Icon>
);
export const AdminIcon = () => (
  <Icon>
    <path d="M8 1.8 13 4v3.6c0 3-2 5.3-5 6.6-3-1.3-5-3.6-5-6.6V4l5-2.2Z" />
    <path d="m5.9 8 1.5 1.5 2.8-3" />
  </Icon>
);
export const SignOutIcon = () => (
  <Icon>
    <path d="M6 2.5H3.7c-.7 0-1.2.5-1.2 1.2v8.6c0 .7.5 1.2 1.2 1.2H6M10.5 11 13.5 8l-3-3M13.5 8H6" />
  </Icon>
);
export const EyeIcon = ({ crossed }: { crossed: boolean }) => (
  <Icon>
    <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z" />
    <circle cx="8" cy="8" r="1.9" />
    {crossed ? <path d="m2.5 13.5 11-11" /> : null}
  </Icon>
);
export const ChevronIcon = () => (
  <Icon size={12}>
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </Icon>
);
export const LockIcon = () => (
  <Icon size={12}>
    <rect x="3" y="7" width="10" height="7" rx="1.5" />
    <path d="M5 7V5a3 3 0 0 1 6 0v2" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M8 13.5v-11M3.5 7 8 2.5 12.5 7" />
  </Icon>
);
export const StopIcon = () => (
  <Icon>
    <rect x="3.5" y="3.5" width="9" height="9" rx="1.5" fill="currentColor" />
  </Icon>
);
export const DownIcon = () => (
  <Icon size={12}>
    <path d="M8 2.5v11M3.5 9 8 13.5 12.5 9" />
  </Icon>
);
export const DotsIcon = () => (
  <Icon>
    <g fill="currentColor" stroke="none">
      <circle cx="3" cy="8" r="1.4" />
      <circle cx="8" cy="8" r="1.4" />
      <circle cx="13" cy="8" r="1.4" />
    </g>
  </Icon>
);
export const RingIcon = ({ mode }: { mode: BellMode }) => (
  <Icon>
    <path
      d="M8 1.8a4.2 4.2 0 0 0-4.2 4.2c0 3-.9 4.2-1.6 5-.3.4 0 1 .5 1h10.6c.5 0 .8-.6.5-1-.7-.8-1.6-2-1.6-5A4.2 4.2 0 0 0 8 1.8Z"
      fill={mode === 'all' ? 'currentColor' : 'none'}
    />
    <path d="M6.4 14.1a1.9 1.9 0 0 0 3.2 0" />
    {mode === 'needs_me' ? <circle cx="8" cy="7" r="1.8" fill="currentColor" stroke="none" /> : null}
    {mode === 'off' ? <path d="M2 2l12 12" /> : null}
  </Icon>
);
export const PullRequestIcon = () => (
  <Icon>
    <circle cx="4" cy="3.5" r="1.7" />
    <circle cx="4" cy="12.5" r="1.7" />
    <circle cx="12" cy="12.5" r="1.7" />
    <path d="M4 5.2v5.6M12 10.8V6c0-1.1-.7-1.8-1.8-1.8H7.5M9.5 2 7.3 4.2l2.2 2.2" />
  </Icon>
);
