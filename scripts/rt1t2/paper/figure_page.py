"""Places on a figure of a page's width, in mm from its upper left corner."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from rt1t2.paper.figure_style import PAGE_WIDTH_MM, TITLE_PT


@dataclass(frozen=True)
class Page:
    """A figure, and where its upper left corner is: places are given in mm from there."""

    figure: Figure
    height_mm: float

    def box(
        self, left: float, down: float, width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Return a rectangle as shares of the figure."""
        bottom = self.height_mm - down - height
        return (
            left / PAGE_WIDTH_MM,
            bottom / self.height_mm,
            width / PAGE_WIDTH_MM,
            height / self.height_mm,
        )

    def text(self, x: float, down: float, text: str, **style: object) -> None:
        """Write from a place to the right and down."""
        place = x / PAGE_WIDTH_MM, 1 - down / self.height_mm
        self.figure.text(*place, text, va="top", **style)  # type: ignore[arg-type]

    def heading(self, x: float, down: float, letter: str, title: str) -> None:
        """Write a panel's letter and title."""
        self.text(x, down, letter, fontsize=TITLE_PT + 2, fontweight="bold")
        self.text(x + 5, down + 0.4, title, fontsize=TITLE_PT, fontweight="bold")
