import { locale } from './locale.ts';
import type { Activity, AuditEntry, AuditKind, BellMode, Priority, Role, Scope } from './wire.ts';

// Every word that a person reads. Plurals and numbers by Intl; another language is another object of this type.

const plurals = new Intl.PluralRules('en');
const numbers = new Intl.NumberFormat(locale);
const lists = new Intl.ListFormat('en', { type: 'conjunction' });

function plural(count: number, one: string, other: string): string {
  return `${numbers.format(count)} ${plurals.select(count) === 'one' ? one : other}`;
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

function ordinal(place: number): string {
  return `${numbers.format(place)}${suffixes[ordinals.select(place)] ?? 'th'}`;
}

const activities: Record<Activity, string> = {
  starting: 'Starting',
  working: 'Working',
  idle: 'Idle',
  waiting_input: 'Waiting for you',
  blocked: 'Blocked',
  stuck: 'Stuck',
  exited: 'Ended',
  killed: 'Ended',
};

const priorities: Record<Priority | 'success', string> = {
  urgent: 'Urgent',
  action: 'Action',
  warning: 'Warning',
  info: 'Info',
  success: 'Success',
};

const scopes: Record<Scope, { name: string; means: string }> = {
  read: { name: 'Read', means: 'See what you see, and mark your notifications' },
  publish: { name: 'Publish', means: 'Send notifications and report what agents do' },
  run: { name: 'Run', means: 'Start agents on the server, and tell them what to do' },
  tickets: { name: 'Tickets', means: 'Work on tickets' },
  admin: { name: 'Admin', means: 'Administer people and projects' },
};

const auditKinds: Record<AuditKind, string> = {
  'sign-in.succeeded': 'Signed in',
  'sign-in.failed': 'Failed to sign in',
  'sign-in.ended': 'Signed out',
  'token.created': 'Token created',
  'token.revoked': 'Token revoked',
  'person.added': 'Person added',
  'person.removed': 'Person removed',
  'person.role-changed': 'Role changed',
  'person.password-changed': 'Password changed',
  'project.added': 'Project added',
  'project.renamed': 'Project renamed',
  'project.removed': 'Project deleted',
  'project.closed': 'Project made private',
  'project.opened': 'Project made public',
  'member.added': 'Member added',
  'member.removed': 'Member removed',
  'agent.started': 'Agent started',
  'session.deleted': 'Session deleted',
  'pull-request.merged': 'Pull request merged',
};

// What sessions carry is a name for programs. Whoever reports may use any other, which is shown as it is.
const agents: Record<string, string> = {
  demo: 'Demo',
  'claude-code': 'Claude Code',
  codex: 'Codex',
  command: 'Command',
  openai: 'OpenAI-compatible',
};

const roles: Record<Role, string> = { admin: 'Administrator', member: 'Member' };

const bellNames: Record<BellMode, string> = { all: 'All', needs_me: 'Only when it needs me', off: 'Off' };

export const texts = {
  product: 'Carillon',
  badge: (count: number) => (count > 99 ? '99+' : numbers.format(count)),
  list: (names: string[]) => lists.format(names),
  activity: (activity: Activity) => activities[activity] ?? activity,
  priority: (tone: Priority | 'success') => priorities[tone],
  scope: (scope: Scope) => scopes[scope] ?? { name: scope, means: '' },
  role: (role: Role) => roles[role] ?? role,
  agent: (name: string) => agents[name] ?? name,

  common: {
    cancel: 'Cancel',
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    delete: 'Delete',
    dismissMessage: 'Close this message',
    loading: 'Loading',
    messages: 'Messages',
    retry: 'Retry',
    save: 'Save',
    undo: 'Undo',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    never: 'never',
  },

  frame: {
    skip: 'Skip to content',
    navigation: 'Main',
    overview: 'Overview',
    sessions: 'Sessions',
    notifications: 'Notifications',
    inbox: 'Inbox',
    more: 'More',
    profile: 'Profile',
    administration: 'Administration',
    signOut: 'Sign out',
    signOutFailed: 'You are still signed in.',
    beside: 'Chosen session',
    besideHelp: 'Choose a session from the list to see it here.',
    projects: 'Projects',
    projectsFailed: 'Projects could not be loaded.',
    arrivingFailed: 'Carillon could not be loaded.',
    unread: (count: number) => `${numbers.format(count)} unread`,
    search: 'Search notifications',
    searchShort: 'Search',
    connection: {
      connecting: { words: 'Connecting…', means: 'New notifications arrive as soon as there is a connection.' },
      reconnecting: { words: 'Reconnecting…', means: 'New notifications arrive as soon as the connection is back.' },
      offline: {
        words: 'Offline',
        means: 'You see what was loaded before. You can make changes again once you are online.',
      },
    },
    live: 'Live',
  },

  search: {
    title: 'Search',
    placeholder: 'Sessions, projects, notifications, commands',
    found: 'What was found',
    recent: 'Recent sessions',
    sessionIn: (project: string, owner: string) => `${project} · ${owner}`,
    further: 'Look further',
    inNotifications: (words: string) => `Notifications with “${words}”`,
    commands: 'Commands',
    theme: (choice: 'light' | 'dark' | 'system') =>
      ({ light: 'Use the light theme', dark: 'Use the dark theme', system: 'Use the system’s theme' })[choice],
  },

  problem: {
    unreachable: 'The server cannot be reached.',
    unreachableHelp: 'Check your connection, then try again.',
    unexpected: 'That did not work.',
    unexpectedHelp: 'Try again in a moment. If the problem persists, check the server’s log.',
    waitSeconds: (seconds: number) => `Try again in ${plural(seconds, 'second', 'seconds')}.`,
  },

  notifications: {
    title: 'Notifications',
    bell: (unread: number) => (unread === 0 ? 'Notifications' : `Notifications, ${numbers.format(unread)} unread`),
    tabs: { needs: 'Needs you', unread: 'Unread', all: 'All' },
    filterTabs: 'Which notifications',
    project: 'Project',
    everyProject: 'Every project',
    markAll: 'Mark all read',
    openPage: 'Open all notifications',
    listLabel: 'Notifications',
    resolved: 'Resolved',
    by: (name: string) => `by ${name}`,
    read: 'Mark read',
    markUnread: 'Mark unread',
    dismiss: 'Dismiss',
    readOf: (title: string) => `Mark read: ${title}`,
    unreadOf: (title: string) => `Mark unread: ${title}`,
    dismissOf: (title: string) => `Dismiss: ${title}`,
    isUnread: 'Unread.',
    times: (count: number) => plural(count, 'time', 'times'),
    loadOlder: 'Load older',
    loadingOlder: 'Loading older…',
    olderFailed: 'Older notifications could not be loaded.',
    end: 'No more notifications',
    dismissed: 'Dismissed',
    marked: (count: number) => `${plural(count, 'notification', 'notifications')} marked read`,
    undoFirst: (count: number) => `Undo for the newest ${numbers.format(count)}`,
    updateFailed: 'The change could not be saved and was undone.',
    emptyAll: 'Nothing has happened yet',
    emptyAllHelp: 'Notifications appear here when an agent needs you, finishes or fails.',
    emptyNeeds: 'Nothing needs you right now',
    emptyNeedsHelp: 'Questions from agents stay here until they are resolved.',
    emptyUnread: 'All caught up',
    emptyUnreadHelp: 'New notifications appear here automatically.',
    emptyProject: 'Nothing from this project',
    emptyProjectHelp: 'Choose another project, or look at all of them.',
    emptySearch: (words: string) => `Nothing matches “${words}”`,
    emptySearchHelp: 'Only loaded notifications are searched.',
    clearSearch: 'Clear search',
    failed: 'Notifications could not be loaded.',
    stale: 'These may be out of date.',
    announceOne: (tone: string, title: string) => `New notification. ${tone}: ${title}`,
    announceMany: (count: number) => plural(count, 'new notification', 'new notifications'),
    seeAll: 'See all',
  },

  actions: {
    more: 'More actions',
    moreOf: (title: string) => `More actions: ${title}`,
    done: 'Done',
    opened: 'Opened',
    sent: 'Sent',
    refusedHttps: 'Not opened: only https links are allowed.',
    refusedHost: 'Not opened: this host is not on the list of allowed hosts.',
    refusedMalformed: 'Not opened: the address is not valid.',
    refusedRoute: 'Not opened: the path leads out of Carillon.',
    messageLabel: 'Message to the agent',
    messagePlaceholder: 'Write to the agent',
    send: 'Send',
    opensNewTab: 'opens in a new tab',
    mergeQuestion: (name: string, head: string) => `Merge ${name} at ${head}?`,
    mergeHelp:
      'Carillon checks the pull request at the forge first. If it has changed since this alert, it is not merged.',
  },

  tryIt: {
    button: 'Send me samples',
    means: 'One notification of each priority.',
    failed: 'The samples could not be sent.',
    urgentTitle: 'An agent needs you',
    urgentMessage:
      'This is what it looks like when an agent waits for your answer. It stays until you have dealt with it.',
    openInbox: 'Open inbox',
    actionTitle: 'A pull request is ready',
    actionMessage: 'All checks passed and a review approved it. You decide when it is merged.',
    warningTitle: 'The build became slow',
    warningMessage: 'Something is off, but nobody has to act yet.',
    infoTitle: 'A branch was pushed',
    infoMessage: 'Good to know; nothing to do.',
    successTitle: 'The run finished',
    successMessage: 'An agent is done with its work. It is your turn.',
  },

  overview: {
    title: 'Overview',
    needsYou: 'Needs you',
    kinds: {
      decision: 'Decisions',
      question: 'Questions',
      failed: 'Failed',
      review: 'Reviews',
      other: 'Other',
      stuck: 'No progress',
    },
    others: (count: number) =>
      `${numbers.format(count)} ${plurals.select(count) === 'one' ? 'agent waits' : 'agents wait'} for others`,
    working: 'Working',
    finished: 'Finished today',
    calm: 'Nothing needs you right now',
    calmHelp: 'Agents that wait for you appear here first.',
    empty: 'You have no sessions and no tokens yet. Start with one of these:',
    startTitle: 'Talk to an agent',
    startHelp:
      'The demo agent needs nothing. Its first message is filled in: it asks you something, and the bell rings.',
    demoPrompt: 'Ask me something',
    samplesTitle: 'See what notifications look like',
    connectTitle: 'Hear from an agent on your machine',
    connectHelp: 'Creates a token and the commands to paste on the machine where the agent runs.',
    connectAgent: 'Agent',
    connect: 'Connect an agent',
    connectPaste: (agent: string) =>
      `Paste this into a terminal on the machine where ${agent} runs. The program carillon must be on its PATH.`,
    connectOnce: 'The commands contain the new token. It is not shown again; you can revoke it in your profile.',
    connectCommands: 'Commands to paste',
    failed: 'Sessions could not be loaded.',
    since: (time: string) => `since ${time}`,
    nothingWorks: 'No agent is working.',
    queued: 'Queued',
    start: 'Start a session',
  },

  session: {
    failed: 'This session could not be loaded.',
    missing: 'This session does not exist',
    missingHelp: 'It may have been deleted, or it belongs to a project that you cannot see.',
    agent: 'Agent',
    owner: 'Owner',
    started: 'Started',
    changed: 'Last change',
    parent: 'Started by',
    children: 'Started from here',
    notifications: 'Notifications',
    noNotifications: 'No notifications from this session.',
    waitingFor: (name: string) => `Waiting for ${name}`,
    queued: (place: number) => `Queued, ${ordinal(place)} in line`,
    bell: (mode: BellMode) => `Notifications of this session: ${bellNames[mode].toLowerCase()}`,
    bellOf: (title: string, mode: BellMode) => `Notifications of ${title}: ${bellNames[mode].toLowerCase()}`,
    bellModes: bellNames,
    bellHelp: {
      all: 'When it needs you, and when it is done.',
      needs_me: 'When it asks, is blocked or fails.',
      off: 'You are told nothing.',
    } satisfies Record<BellMode, string>,
    ringFailed: 'The bell was not changed.',
    menu: 'More about this session',
    about: 'About',
    end: 'End session',
    endSure: (title: string) => `End “${title}”?`,
    endHelp: 'The agent stops, and queued messages are discarded. You can restore the session later.',
    endFailed: 'The session was not ended.',
    rename: 'Rename…',
    renameTitle: 'Rename session',
    titleWrong: 'Use 1 to 80 characters.',
    archive: 'Archive',
    unarchive: 'Take out of the archive',
    archived: 'Session archived',
    archiveFailed: 'The session was not changed.',
    remove: 'Delete…',
    removeYes: 'Delete session',
    removeSure: (title: string) => `Delete “${title}”?`,
    removeHelp:
      'Its conversation, notifications and files are deleted for everybody. This cannot be undone. What an agent changed elsewhere stays.',
    removed: 'Session deleted',
    removeFailed: 'The session was not deleted.',
    restore: 'Restore',
    hasFailed: 'Failed',
    restoreFailed: 'The session was not restored.',
    turnFor: (time: string) => `for ${time}`,
  },

  pullRequests: {
    title: 'Pull requests',
    failed: 'Pull requests could not be loaded.',
    more: (count: number) => `Show ${numbers.format(count)} more`,
    open: 'Open',
    draft: 'Draft',
    merged: 'Merged',
    closed: 'Closed',
    ready: 'Ready to merge',
    conflicts: 'Conflicts',
    checks: { passing: 'Checks passed', failing: 'Checks failed', pending: 'Checks running', unknown: 'No checks' },
    review: { approved: 'Approved', changes_requested: 'Changes requested', none: 'No review' },
  },

  newSession: {
    title: 'New session',
    start: 'Start session',
    project: 'Project',
    newProject: 'New project…',
    projectName: 'Name of the new project',
    firstProject: 'First project',
    projectNameHelp: 'Everyone who is signed in can see it.',
    projectNameWrong: 'Use 1 to 80 characters, at least one of them a letter or digit.',
    projectTaken: 'A project with a similar name already exists. Choose another name.',
    agent: 'Agent',
    agentsFailed: 'The agents could not be loaded.',
    noAgents: 'No agents are set up on this server.',
    message: 'First message',
    messagePlaceholder: 'What should the agent do?',
    messageMissing: 'Write what the agent should do.',
    sessionTitle: 'Title',
    titleHelp: 'Leave it empty to use the first line of the message.',
    titleWrong: 'Use at most 80 characters.',
    notifications: 'Notifications',
    failed: 'The session was not started.',
    limited: (time: string) =>
      `The session was not started because you have reached your message limit. You can send the next message in ${time}.`,
  },

  chat: {
    conversation: 'Conversation',
    failed: 'The conversation could not be loaded.',
    empty: 'Nothing has been said yet',
    emptyHelp: (agent: string) => `Write what ${agent} should do.`,
    elsewhereHelp: (agent: string, owner: string) =>
      `${agent} runs on a machine of ${owner}. What it says appears here when it stops. Your messages reach it the next time it checks for them.`,
    ownersOnly: (owner: string) => `This agent runs on a machine of ${owner}, so only ${owner} can write to it.`,
    questionAnswered: 'This question was answered.',
    questionEnded: 'This question ended without an answer.',
    loadOlder: 'Load older messages',
    loadingOlder: 'Loading older messages…',
    olderFailed: 'Older messages could not be loaded.',
    youSaid: 'You said',
    said: (name: string) => `${name} said`,
    answered: (status: string | null, words: string) =>
      status === 'stopped'
        ? `The answer was stopped. ${words}`
        : status === 'failed'
          ? `The answer is incomplete. ${words}`
          : `The answer is complete. ${words}`,
    silent: 'The agent gave no answer.',
    stopped: 'Stopped',
    failedMark: 'Incomplete',
    hasFailed: (agent: string) => `${agent} failed`,
    startElsewhere: (owner: string) => `Start it again on the machine of ${owner}.`,
    tryAgain: 'Try again',
    editAndSend: 'Edit and send',
    moreLines: (count: number) => `Show ${plural(count, 'more line', 'more lines')}`,
    working: (agent: string) => `${agent} is working`,
    waitsItsTurn: 'Queued',
    handed: { waiting: 'Not delivered yet', delivered: 'Delivered' },
    stepStatus: { running: 'running', done: 'done', failed: 'failed' },
    jump: 'Jump to latest',
    message: 'Message',
    placeholder: (agent: string) => `Write to ${agent}`,
    send: 'Send',
    stop: 'Stop',
    stopping: 'Stopping…',
    stopSure: 'Stop the answer?',
    stopHelp: 'What the agent has said so far is kept.',
    stopEverything: 'Stop everything',
    queuedBehind: (count: number) => `${plural(count, 'message waits', 'messages wait')} behind this answer.`,
    stopNeedsConnection: 'You are disconnected, so the agent continues. Stop it when the connection is back.',
    charactersLeft: (count: number) => `${plural(count, 'character', 'characters')} left`,
    tooLong: (over: number) => `${plural(over, 'character', 'characters')} too many. Shorten it, or send it in parts.`,
    notKept: 'This browser could not store the message. Your text is still here: try again.',
    waitingToSend: 'Waiting to send',
    sending: 'Sending…',
    editOf: (words: string) => `Edit: ${words}`,
    cancelOf: (words: string) => `Cancel: ${words}`,
    cancelled: 'Message taken back',
    notTaken: 'Not sent.',
    edit: 'Edit',
    discard: 'Discard',
    triedAgain: 'Retrying automatically.',
    limited: (time: string) => `You have reached your message limit. You can send the next message in ${time}.`,
    question: (count: number) => `Send ${plural(count, 'message', 'messages')} that waited for a connection?`,
    questionSince: (count: number, time: string) => `Send ${plural(count, 'message', 'messages')} from ${time}?`,
    refused: (count: number) => `${plural(count, 'message', 'messages')} could not be sent.`,
    look: 'Look',
    connection: {
      connecting: 'Connecting…',
      reconnecting: 'Reconnecting…',
      offline: 'Offline. Your messages are sent when you are online again.',
    },
    partFailed: 'This part of the page could not be loaded.',
    reload: 'Reload',
  },

  sessions: {
    title: 'Sessions',
    groups: {
      needs: 'Needs you',
      others: 'Waiting for others',
      working: 'Working',
      idle: 'Idle',
      ended: 'Ended',
      archived: 'Archived',
    },
    showArchived: 'Show archived sessions',
    archivedFailed: 'Archived sessions could not be loaded.',
    noArchived: 'No archived sessions.',
    whose: 'Whose sessions',
    mine: 'Mine',
    all: 'All',
    of: (project: string) => `Sessions of ${project}`,
    titleOf: (title: string, owner: string) => `${title} (${owner})`,
    idle: (count: number) => `${numbers.format(count)} idle`,
    more: (count: number) => `${numbers.format(count)} more`,
    search: 'Search sessions',
    openProject: 'Open project',
    noneHelp: 'Titles, projects, agents and owners are searched.',
    noneOfMine: 'Choose “All” to see the sessions of others.',
  },

  project: {
    missing: 'This project does not exist',
    missingHelp: 'It may have been deleted, or you are not one of its members.',
    sessions: 'Sessions',
    none: 'No sessions yet.',
    closed: 'Private',
    notifications: 'Notifications',
    members: (names: string) => `Members: ${names}`,
    earlier: 'Load earlier sessions',
    sessionsFailed: 'Sessions could not be loaded.',
    earlierFailed: 'Earlier sessions could not be loaded.',
  },

  entrance: {
    signIn: 'Sign in',
    name: 'Name',
    password: 'Password',
    nameMissing: 'Enter your name.',
    passwordMissing: 'Enter your password.',
    failed: 'Wrong name or password.',
    forgotten: 'Forgot your password? Ask an administrator for a new one.',
    tooMany: (seconds: number | null) =>
      seconds === null
        ? 'Too many attempts. Wait a minute, then try again.'
        : `Too many attempts. Try again in ${plural(seconds, 'second', 'seconds')}.`,
    setUp: 'Set up Carillon',
    setUpHelp: 'Create the first account. It is an administrator account and can add other people.',
    setUpButton: 'Create account',
    nameRule: '1 to 40 letters, digits, dots, dashes and underscores.',
    nameWrong: 'Use 1 to 40 letters, digits, dots, dashes and underscores.',
    passwordRule: 'At least 8 characters.',
    passwordShort: 'Use at least 8 characters.',
    passwordLong: 'Use at most 256 characters.',
    codeMissing: 'This page needs the set-up link',
    codeMissingHelp: 'Open the link that the server printed when it started. It ends in a code and works once.',
    codeWrong: 'This set-up link is no longer valid. Open the one that the server printed last.',
    setUpDone: 'Carillon is already set up.',
    toSignIn: 'Go to sign-in',
  },

  profile: {
    title: 'Profile',
    theme: 'Theme',
    themeSystem: 'Same as the system',
    themeLight: 'Light',
    themeDark: 'Dark',
    pushId: 'PN ID',
    pushIdHelp: 'Programs can send you notifications under this name without knowing who you are.',
    copyPushId: 'Copy PN ID',
    signIns: 'Sign-ins',
    signInsHelp: 'Browsers where you are signed in. Sign out those that you do not recognise.',
    current: 'This browser',
    lastUsed: (time: string) => `Last used ${time}`,
    signedIn: (time: string) => `Signed in ${time}`,
    endSignIn: 'Sign out',
    endSignInOf: (device: string) => `Sign out ${device}`,
    tokens: 'Tokens',
    tokensHelp: 'For agents and scripts. A token is shown once, when it is created.',
    noTokens: 'No tokens yet.',
    newToken: 'New token',
    tokenName: 'Name',
    tokenNameHelp: 'Where it will be used, for example “laptop hooks”.',
    tokenNameWrong: 'Use 1 to 60 characters.',
    tokenScopes: 'Scopes',
    tokenScopesWrong: 'Choose at least one.',
    tokenProject: 'Project',
    tokenEveryProject: 'Every project',
    tokenExpires: 'Expires',
    tokenNever: 'Never',
    tokenDays: (days: number) => `In ${plural(days, 'day', 'days')}`,
    createToken: 'Create token',
    tokenMade: 'Copy the token now. It is not shown again.',
    tokenSecret: 'New token',
    tokenDone: 'Done',
    tokenUsed: (time: string) => `used ${time}`,
    tokenUnused: 'never used',
    tokenEnds: (time: string) => `expires ${time}`,
    tokenEnded: 'expired',
    revoke: 'Revoke',
    revokeOf: (name: string) => `Revoke ${name}`,
    revokeSure: (name: string) => `Revoke “${name}”?`,
    revokeHelp: 'Whatever uses it stops working at once.',
    password: 'Password',
    currentPassword: 'Current password',
    newPassword: 'New password',
    changePassword: 'Change password',
    passwordChanged: 'Password changed.',
    currentMissing: 'Enter your current password.',
    currentWrong: 'This is not your current password.',
    listFailed: 'This list could not be loaded.',
  },

  admin: {
    title: 'Administration',
    denied: 'Only administrators can see this page',
    deniedHelp: 'Ask an administrator if you need a change.',
    people: 'People',
    addPerson: 'Add person',
    role: 'Role',
    roleOf: (name: string) => `Role of ${name}`,
    you: 'you',
    since: (time: string) => `since ${time}`,
    newPassword: 'New password…',
    newPasswordOf: (name: string) => `New password for ${name}`,
    newPasswordHelp:
      'Give it to them yourself. They can change it in their profile. All their sign-ins end; their tokens stay.',
    setPassword: 'Set password',
    passwordSet: (name: string) => `New password for ${name} set`,
    deleteOf: (name: string) => `Delete ${name}`,
    deletePersonSure: (name: string) => `Delete ${name}?`,
    deletePersonHelp: 'Their notifications, sign-ins and tokens are deleted too.',
    projects: 'Projects',
    addProject: 'Add project',
    projectId: 'ID',
    projectIdRule: 'Lower-case letters, digits, dots, dashes and underscores. It cannot be changed later.',
    projectIdWrong: 'Use 1 to 64 lower-case letters, digits, dots, dashes and underscores.',
    projectName: 'Name',
    projectNameWrong: 'Use 1 to 80 characters.',
    rename: 'Rename…',
    renameOf: (name: string) => `Rename ${name}`,
    renameHelp: 'The ID stays as it is.',
    deleteProjectSure: (name: string) => `Delete the project ${name}?`,
    deleteProjectHelp: 'Only a project without sessions and notifications can be deleted. Tokens for it alone end.',
    projectDeleted: (name: string) => `${name} deleted`,
    closed: 'Only members see it',
    open: 'Everybody sees it',
    close: 'Make private',
    reopen: 'Make public',
    closeOf: (name: string) => `Make private: ${name}, only members see it then`,
    reopenOf: (name: string) => `Make public: ${name}, everybody sees it then`,
    members: 'Members',
    noMembers: 'No members',
    addMember: 'Add member',
    addMemberTo: (name: string) => `Add a member to ${name}`,
    removeMember: (name: string) => `Remove ${name}`,
    noProjects: 'No projects yet.',
    audit: 'Audit log',
    auditHelp:
      'Who signed in, changed rights, created tokens, started agents, deleted sessions and merged pull requests.',
    openAudit: 'Open the audit log',
  },

  audit: {
    title: 'Audit log',
    help: 'Who signed in, changed rights, created tokens, started agents, deleted sessions and merged pull requests. Names are as they were at the time.',
    kind: 'What',
    person: 'Person',
    show: 'Show',
    everything: 'Everything',
    kinds: auditKinds,
    export: 'Export',
    older: 'Load older',
    failed: 'The audit log could not be loaded.',
    none: 'No entries',
    noneHelp: 'Choose something else, or clear the person’s name.',
    sentence: auditSentence,
    means: ({ means, meansName }: AuditEntry) =>
      means === 'token'
        ? `by the token “${meansName}”`
        : means === 'command-line'
          ? 'on the server’s command line'
          : means === 'setup'
            ? 'at the first start'
            : (meansName ?? 'in a browser'),
  },

  missing: {
    title: 'Page not found',
    help: 'The address may be old or mistyped.',
    back: 'Go to the overview',
  },

  keys: {
    title: 'Keyboard',
    overview: 'Go to the overview',
    sessions: 'Go to the sessions',
    notifications: 'Go to the notifications',
    newSession: 'Start a session',
    write: 'Write to the agent',
    next: 'Next notification',
    previous: 'Previous notification',
    open: 'Open it',
    dismiss: 'Dismiss it',
    read: 'Mark it read or unread',
    search: 'Search this page',
    searchAll: 'Search everything',
    help: 'This list',
    afterwards: 'then',
  },
};

function auditSentence({ kind, person, means, subject, detail, count }: AuditEntry): string {
  const who = person ?? (means === 'command-line' ? 'The operator' : 'Somebody');
  const what = subject ?? '';
  switch (kind) {
    case 'sign-in.succeeded':
      return `${who} signed in`;
    case 'sign-in.failed': {
      const tried =
        subject === undefined
          ? `${who} tried to sign in under an unknown name`
          : `${who} tried to sign in as ${what} with a wrong password`;
      return count === 1 ? tried : `${tried}, ${plural(count, 'time', 'times')}`;
    }
    case 'sign-in.ended':
      return `${who} signed out of ${what}`;
    case 'token.created':
      return `${who} created the token “${what}”`;
    case 'token.revoked':
      return `${who} revoked the token “${what}”`;
    case 'person.added':
      return `${who} added ${what}`;
    case 'person.removed':
      return `${who} removed ${what}`;
    case 'person.role-changed':
      return `${who} changed the role of ${what}`;
    case 'person.password-changed':
      return person === subject ? `${who} changed their password` : `${who} changed the password of ${what}`;
    case 'project.added':
      return `${who} added the project ${what}`;
    case 'project.renamed':
      return `${who} renamed the project ${what}`;
    case 'project.removed':
      return `${who} deleted the project ${what}`;
    case 'project.closed':
      return `${who} made the project ${what} private`;
    case 'project.opened':
      return `${who} made the project ${what} public`;
    case 'member.added':
      return `${who} made ${what} a member of ${detail ?? ''}`;
    case 'member.removed':
      return `${who} removed ${what} from ${detail ?? ''}`;
    case 'agent.started':
      return `${who} started ${detail ?? 'an agent'}`;
    case 'session.deleted':
      return `${who} deleted the session ${what}`;
    case 'pull-request.merged':
      return `${who} merged ${what}`;
    default:
      return `${who}: ${kind} ${what}`;
  }
}
