import type { TeamId } from '../../domain/job.ts';

/** Counts what each team holds at once, so that no team can hold it all. */
export interface TeamQuota {
  /** False: the team has as many as it may, and nothing was taken. */
  take(team: TeamId): boolean;
  /** Gives back so many of what was taken; by default one. */
  giveBack(team: TeamId, count?: number): void;
}

/** At most `perTeam` at a time. */
export function createTeamQuota(perTeam: number): TeamQuota {
  const taken = new Map<TeamId, number>();
  return {
    take(team) {
      const count = taken.get(team) ?? 0;
      if (count >= perTeam) return false;
      taken.set(team, count + 1);
      return true;
    },
    giveBack(team, count = 1) {
      const left = (taken.get(team) ?? 0) - count;
      if (left > 0) taken.set(team, left);
      else taken.delete(team);
    },
  };
}
