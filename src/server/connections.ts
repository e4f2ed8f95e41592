import type { TeamId } from '../domain/job.ts';

/** Counts the lasting connections of each team, sockets and event streams together. */
export interface Connections {
  /** A function that gives the place back (once, however often it is called), or null: the team has as many as it may. */
  take(team: TeamId): (() => void) | null;
}

/** At most `perTeam` at a time. */
export function createConnections(perTeam: number): Connections {
  const counts = new Map<TeamId, number>();
  return {
    take(team) {
      const count = counts.get(team) ?? 0;
      if (count >= perTeam) return null;
      counts.set(team, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (counts.get(team) ?? 1) - 1;
        if (left === 0) counts.delete(team);
        else counts.set(team, left);
      };
    },
  };
}
