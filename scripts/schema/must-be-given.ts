import {
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLSchema,
} from 'graphql';

/** Whether callers must give what is at the path: `Type.field.argument`, `Input.field`, or `@directive.argument`. */
export function mustBeGiven(schema: GraphQLSchema, path: string): boolean {
  const [owner = '', member = '', argument = ''] = path.split('.');
  if (owner.startsWith('@')) {
    const directive = schema.getDirective(owner.slice(1));
    return directive?.args.some((one) => one.name === member && isRequiredArgument(one)) ?? false;
  }
  const type = schema.getType(owner);
  if (isInputObjectType(type)) {
    const field = type.getFields()[member];
    return field !== undefined && isRequiredInputField(field);
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return false;
  const args = type.getFields()[member]?.args ?? [];
  return args.some((one) => one.name === argument && isRequiredArgument(one));
}
