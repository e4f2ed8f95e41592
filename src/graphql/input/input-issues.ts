import type { StandardSchemaV1 } from '@pothos/plugin-validation';
import { InvalidInputError } from '../../domain/errors.ts';

/** The argument that both mutations take their input in. */
const INPUT_ARGUMENT = 'input';

/** Every problem found, each with its path from the input's own fields on. */
export function toInvalidInput(issues: readonly StandardSchemaV1.Issue[]): InvalidInputError {
  return new InvalidInputError(
    issues.map((issue) => ({ path: inputPath(issue.path ?? []), message: issue.message })),
  );
}

function inputPath(path: NonNullable<StandardSchemaV1.Issue['path']>): string[] {
  const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return names[0] === INPUT_ARGUMENT ? names.slice(1) : names;
}
