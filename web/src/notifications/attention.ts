/** Whether the person has this tab in front of them. Anything less would silence a push wrongly. */
export function hasAttention(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/** Tells of every moment at which that may have changed. Answers how to stop. */
export function onAttention(tell: () => void): () => void {
  addEventListener('focus', tell);
  document.addEventListener('visibilitychange', tell);
  return () => {
    removeEventListener('focus', tell);
    document.removeEventListener('visibilitychange', tell);
  };
}
