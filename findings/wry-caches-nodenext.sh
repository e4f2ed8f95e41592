#!/usr/bin/env bash
# @apollo/client 4.3.8 cannot be type-checked under "module": "nodenext" unless skipLibCheck is on: two declarations of its
# dependency @wry/caches (lib/strong.d.ts and lib/weak.d.ts) import './common' without an extension, in a package that is an ES
# module. TypeScript 7.0.2 says TS2835 for a program that is nothing but an import of Apollo Client.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @apollo/client@4.3.8 graphql@16.15.0 rxjs@7.8.2 typescript@7.0.2
echo "import { InMemoryCache } from '@apollo/client'; export const cache: InMemoryCache = new InMemoryCache();" > program.ts
check() { npx tsc --noEmit --strict --target es2023 --lib es2023,dom,esnext.disposable --types '' "$@" program.ts; }
strict=$(check --module nodenext || true)
bundler=$(check --module esnext --moduleResolution bundler || true)
echo "nodenext: ${strict:-nothing}"
echo "bundler:  ${bundler:-nothing}"
[[ $strict == *'@wry/caches/lib/strong.d.ts'*TS2835* && $bundler != *'@wry/caches'* ]]
