import { computed, signal } from '@preact/signals';
import { api } from './api.ts';
import type { Project } from './wire.ts';

/** The projects that this person sees; null until read. */
export const projects = signal<Project[] | null>(null);

const names = computed(() => new Map(projects.value?.map(project => [project.id, project.name])));

export function projectName(id: string): string {
  return names.value.get(id) ?? id;
}

let reading = false;

export async function readProjects(): Promise<void> {
  if (reading) return;
  reading = true;
  const answer = await api.get<{ projects: Project[] }>('/projects');
  reading = false;
  if (answer.ok) projects.value = answer.value.projects;
}

/** A change named a project that was not there a moment ago: somebody made or opened it. */
export function noticeProject(id: string | null): void {
  if (id !== null && projects.value !== null && !names.value.has(id)) void readProjects();
}
