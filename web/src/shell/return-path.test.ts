import { describe, expect, it } from 'vitest';
import { isLocalPath, returnPath, signInPath } from './return-path.ts';

describe('The way back after signing in', () => {
  it.each(['/', '/notifications', '/projects/ao/sessions/ao-7?x=1#y', '/a//b'])('keeps the local path %s', path => {
    expect(isLocalPath(path)).toBe(true);
    expect(returnPath(path)).toBe(path);
  });

  it.each([
    '',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/\n/evil.example',
    'notifications',
    ' /notifications',
    '/a\\b',
  ])('falls back to the overview for %j', path => {
    expect(isLocalPath(path)).toBe(false);
    expect(returnPath(path)).toBe('/');
  });

  it('never leads back to an entrance', () => {
    expect(returnPath('/sign-in?return=%2Fsign-in')).toBe('/');
    expect(returnPath('/setup#code')).toBe('/');
    expect(returnPath(null)).toBe('/');
  });

  it('names the page that was left', () => {
    expect(signInPath('/')).toBe('/sign-in');
    expect(signInPath('/notifications?tab=unread')).toBe('/sign-in?return=%2Fnotifications%3Ftab%3Dunread');
  });
});
