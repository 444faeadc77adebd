// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest';
import { actionHosts, checkLink, checkRoute } from './links.ts';

describe('An external link', () => {
  it.each([
    'https://github.com/a/b/pull/1',
    'https://gitlab.com/x',
    'https://linear.app/t/1',
    'https://GitHub.com:443/a',
  ])('may be opened: %s', address => {
    expect(checkLink(address).ok).toBe(true);
  });

  it.each([
    ['javascript:alert(1)', 'not-https'],
    ['JaVaScRiPt:alert(1)', 'not-https'],
    [' javascript:alert(1)', 'not-https'],
    ['data:text/html,<script>alert(1)</script>', 'not-https'],
    ['http://github.com/a', 'not-https'],
    ['blob:https://github.com/x', 'not-https'],
    ['https://evil.example/', 'unknown-host'],
    ['https://github.com.evil.example/', 'unknown-host'],
    ['https://api.github.com/', 'unknown-host'],
    ['https://evilgithub.com/', 'unknown-host'],
    ['https://169.254.169.254/github.com/', 'unknown-host'],
    ['https://github.com:8443/', 'malformed'],
    ['https://github.com@evil.example/', 'malformed'],
    ['https://user:pass@github.com/', 'malformed'],
    ['/local', 'malformed'],
    ['', 'malformed'],
  ])('is refused: %s', (address, reason) => {
    expect(checkLink(address)).toEqual({ ok: false, reason });
  });

  afterEach(() => {
    document.head.innerHTML = '';
  });

  it('may lead to the hosts that the server lists, and then to no others', () => {
    document.head.innerHTML = '<meta name="carillon-action-hosts" content="git.example.org, GitHub.com">';
    expect(actionHosts()).toEqual(['git.example.org', 'github.com']);
    expect(checkLink('https://git.example.org/a').ok).toBe(true);
    expect(checkLink('https://linear.app/a').ok).toBe(false);
  });
});

describe('A route', () => {
  it('stays on this server', () => {
    expect(checkRoute('/projects/ao/sessions/ao-7')).toBe(true);
    expect(checkRoute('//evil.example')).toBe(false);
    expect(checkRoute('https://evil.example')).toBe(false);
  });
});
