import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { query } from './api.ts';
import { Dialog } from './dialog.tsx';
import favicon from './favicon.svg';
import {
  AdminIcon,
  ChevronIcon,
  InboxIcon,
  MoreIcon,
  OverviewIcon,
  PersonIcon,
  PlusIcon,
  SearchIcon,
  SessionsIcon,
  SignOutIcon,
} from './icons.tsx';
import { KeyList } from './key-list.tsx';
import { bindKeys, modName } from './keyboard.ts';
import { person, signOut } from './person.ts';
import { match, pageTitle, parentPage, place, waiting } from './router.ts';
import { connectionNotice } from './stream/connection.ts';
import { texts } from './texts.ts';
import { isWide } from './viewport.ts';

export interface FrameProps {
  bell: ComponentChildren;
  /** The one search, once it was asked for. */
  search: (onClose: () => void) => ComponentChildren;
  railExtra: ComponentChildren;
  /** What has to be asked or said wherever the person is. */
  notice: ComponentChildren;
  children: ComponentChildren;
}

/** What stands around every page: rail and top bar where there is room, else top bar and tab bar. */
export function Frame({ bell, search: searchWith, railExtra, notice, children }: FrameProps) {
  const [listingKeys, listKeys] = useState(false);
  const [searching, search] = useState(false);
  useLayoutEffect(
    () =>
      bindKeys({
        '?': () => listKeys(true),
        'mod k': () => search(true),
        // A page's own search, if it has one.
        '/': () => {
          const field = document.querySelector<HTMLElement>('[data-search]');
          if (field === null) search(true);
          else field.focus();
        },
      }),
    [],
  );

  return (
    <div class="frame">
      <a class="skip" href="#content">
        {texts.frame.skip}
      </a>
      {isWide.value ? <Rail>{railExtra}</Rail> : null}
      <header class="top-bar">
        {isWide.value ? <SearchButton onClick={() => search(true)} /> : <TopTitle />}
        {isWide.value ? bell : <ConnectionNotice />}
        {isWide.value ? null : <NewLink />}
      </header>
      <main class="content" id="content" tabIndex={-1}>
        {notice}
        {children}
      </main>
      {isWide.value ? null : <TabBar />}
      {searching ? searchWith(() => search(false)) : null}
      {listingKeys ? <KeyList onClose={() => listKeys(false)} /> : null}
    </div>
  );
}

function SearchButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" class="search-button" aria-haspopup="dialog" onClick={onClick}>
      <SearchIcon />
      <span>{texts.frame.searchShort}</span>
      <span class="search-keys" aria-hidden="true">
        <kbd>{modName}</kbd> <kbd>K</kbd>
      </span>
    </button>
  );
}

function TopTitle() {
  const parent = parentPage.value;
  if (parent !== null) {
    return (
      <a class="top-title top-back" href={parent.to}>
        <ChevronIcon />
        <span class="clip" dir="auto">
          {parent.name}
        </span>
      </a>
    );
  }
  return (
    <p class="top-title" dir="auto" aria-hidden="true">
      {pageTitle.value}
    </p>
  );
}

function NewLink() {
  // In the project that is shown, or that the list was narrowed to.
  const { path, query: asked } = place.value;
  const project = match('/projects/:project', path)?.project ?? asked.get('project');
  return (
    <a class="icon-button" href={`/new${query({ project })}`} aria-label={texts.newSession.title}>
      <PlusIcon />
    </a>
  );
}

function Rail({ children }: { children: ComponentChildren }) {
  const me = person.value;
  return (
    <nav class="rail" aria-label={texts.frame.navigation}>
      <a class="brand" href="/">
        <img src={favicon} alt="" width="22" height="22" />
        {texts.product}
      </a>
      <div class="rail-scroll">
        <ul>
          <RailLink to="/" icon={<OverviewIcon />} name={texts.frame.overview} />
          <RailLink to="/notifications" icon={<InboxIcon />} name={texts.frame.notifications} count={waiting.value} />
        </ul>
        {children}
      </div>
      <div class="rail-foot">
        <ConnectionNotice />
        <ul>
          <RailLink
            to="/profile"
            icon={<PersonIcon />}
            name={me?.name ?? ''}
            label={`${texts.frame.profile}: ${me?.name}`}
          />
          {me?.role === 'admin' ? (
            <RailLink to="/admin" icon={<AdminIcon />} name={texts.frame.administration} />
          ) : null}
          <li>
            <button type="button" class="rail-link" onClick={() => void signOut()}>
              <SignOutIcon />
              <span class="clip">{texts.frame.signOut}</span>
            </button>
          </li>
        </ul>
      </div>
    </nav>
  );
}

interface LinkProps {
  to: string;
  icon: ComponentChildren;
  name: string;
  label?: string;
  count?: number;
}

function RailLink({ to, icon, name, label, count = 0 }: LinkProps) {
  return (
    <li>
      <a class="rail-link" href={to} aria-label={label} aria-current={place.value.path === to ? 'page' : undefined}>
        {icon}
        <span class="clip" dir="auto">
          {name}
        </span>
        <Count of={count} class="rail-count" />
      </a>
    </li>
  );
}

function Count({ of, class: look }: { of: number; class: string }) {
  if (of === 0) return null;
  return (
    <span class={look}>
      <span aria-hidden="true">{texts.badge(of)}</span>
      <span class="visually-hidden">, {texts.frame.unread(of)}</span>
    </span>
  );
}

function TabBar() {
  const [more, showMore] = useState(false);
  const path = place.value.path;
  return (
    <nav class="tab-bar" aria-label={texts.frame.navigation}>
      <a href="/" aria-current={path === '/' ? 'page' : undefined}>
        <OverviewIcon />
        {texts.frame.overview}
      </a>
      <a href="/sessions" aria-current={path === '/sessions' ? 'page' : undefined}>
        <SessionsIcon />
        {texts.frame.sessions}
      </a>
      <a href="/notifications" aria-current={path === '/notifications' ? 'page' : undefined}>
        <span class="tab-icon">
          <InboxIcon />
          <Count of={waiting.value} class="badge" />
        </span>
        {texts.frame.inbox}
      </a>
      <button type="button" aria-haspopup="dialog" aria-expanded={more} onClick={() => showMore(true)}>
        <MoreIcon />
        {texts.frame.more}
      </button>
      {more ? <MoreSheet onClose={() => showMore(false)} /> : null}
    </nav>
  );
}

function MoreSheet({ onClose }: { onClose: () => void }) {
  const me = person.value;
  return (
    <Dialog title={me?.name ?? texts.frame.more} shape="sheet" onClose={onClose}>
      <ul class="sheet-list">
        <li>
          <a href="/profile" onClick={onClose}>
            <PersonIcon />
            {texts.frame.profile}
            <ChevronIcon />
          </a>
        </li>
        {me?.role === 'admin' ? (
          <li>
            <a href="/admin" onClick={onClose}>
              <AdminIcon />
              {texts.frame.administration}
              <ChevronIcon />
            </a>
          </li>
        ) : null}
        <li>
          <button
            type="button"
            onClick={() => {
              onClose();
              void signOut();
            }}
          >
            <SignOutIcon />
            {texts.frame.signOut}
          </button>
        </li>
      </ul>
    </Dialog>
  );
}

function ConnectionNotice() {
  const notice = connectionNotice.value;
  if (notice === null) return <span class="connection" role="status" />;
  const { words, means } = texts.frame.connection[notice];
  return (
    <span class="connection shown" role="status" title={means} data-testid="connection">
      <i aria-hidden="true" />
      <span>
        {words}
        <span class="connection-means">{means}</span>
      </span>
    </span>
  );
}
