import { useState, type DragEvent } from 'react';

interface DropZoneProps {
  readonly isDisabled: boolean;
  readonly onFile: (file: File) => void;
}

/** The label is the zone: a click anywhere opens the file dialog, and the input takes the keyboard. */
export function DropZone({ isDisabled, onFile }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false);

  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(false);
    const file = event.dataTransfer.files[0];
    if (file !== undefined && !isDisabled) onFile(file);
  };

  return (
    <label
      className="drop-zone"
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <svg width="40" height="40" viewBox="0 0 40 40" aria-hidden="true">
        <rect x="3" y="8" width="34" height="24" rx="6" />
        <path d="M17 15.5v9l7.5-4.5z" />
      </svg>
      <span className="drop-title">Drop a video here, or choose a file</span>
      <span className="hint">MP4, MOV or WebM, 3 to 20 seconds</span>
      <input
        className="visually-hidden"
        type="file"
        aria-label="Choose a video file"
        accept="video/mp4,video/quicktime,video/webm"
        disabled={isDisabled}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file !== undefined) onFile(file);
        }}
      />
    </label>
  );
}
