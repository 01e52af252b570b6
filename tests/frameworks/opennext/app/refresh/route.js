import { revalidatePath, revalidateTag } from 'next/cache';

export async function POST() {
  revalidateTag('value', { expire: 0 });
  revalidatePath('/');
  return Response.json({ done: true });
}
