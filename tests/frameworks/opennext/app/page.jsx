export const revalidate = 3600;

/** A page of ISR. */
export default function Page() {
  return <p id="made">{`made ${Math.random()}`}</p>;
}
