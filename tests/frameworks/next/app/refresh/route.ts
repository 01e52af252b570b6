import { revalidateTag } from 'next/cache';

export async function POST() {
  revalidateTag('value', { expire: 0 });
  return Response.json({ done: true });
}
