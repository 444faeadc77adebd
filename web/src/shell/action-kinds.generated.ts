// Made from ActionKinds of Carillon.Protocol by the tests (CARILLON_UPDATE=1).

export const actionKinds = {
  'open-session': { label: 'Open session', doer: 'surface', url: false, text: false, lowRisk: true },
  'open-pr': { label: 'Open pull request', doer: 'surface', url: true, text: false, lowRisk: true },
  'open-review': { label: 'Open review', doer: 'surface', url: true, text: false, lowRisk: false },
  'open-ci': { label: 'Open checks', doer: 'surface', url: true, text: false, lowRisk: false },
  'restore-session': { label: 'Restore', doer: 'server', url: false, text: false, lowRisk: true },
  'send-message': { label: 'Reply', doer: 'server', url: false, text: true, lowRisk: false },
  'merge-pr': { label: 'Merge', doer: 'server', url: false, text: false, lowRisk: false },
  'mark-read': { label: 'Mark read', doer: 'inbox', url: false, text: false, lowRisk: true },
  dismiss: { label: 'Dismiss', doer: 'inbox', url: false, text: false, lowRisk: false },
} as const;
