interface ProgressProps {
  readonly label: string;
  readonly value: number;
}

export function Progress({ label, value }: ProgressProps) {
  const percent = Math.round(value);
  return (
    <div className="progress">
      <div className="progress-line">
        <span id="progress-label">{label}</span>
        <span className="numbers">{percent} %</span>
      </div>
      <progress max={100} value={percent} aria-labelledby="progress-label" />
    </div>
  );
}
