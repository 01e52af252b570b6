export default function Page() {
  return <p>The values are under /value.</p>;
}
