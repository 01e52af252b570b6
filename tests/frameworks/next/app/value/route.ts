import { cacheLife, cacheTag } from 'next/cache';
import { connection } from 'next/server';

async function value() {
  'use cache';
  cacheTag('value');
  cacheLife('hours');
  return Math.random();
}

export async function GET() {
  await connection();
  return Response.json({ value: await value() });
}
