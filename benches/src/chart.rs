//! A drawing of a few curves.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = 700.0;
const BOTTOM: f64 = 312.0;
const COLORS: [&str; 4] = ["#1f77b4", "#9ecae1", "#d62728", "#f4a6a0"];

/// Curves over one axis, to be written as SVG.
#[derive(Debug)]
pub struct Chart {
    title: String,
    across: &'static str,
    up: &'static str,
    curves: Vec<(String, Vec<(f64, f64)>)>,
}

impl Chart {
    /// A chart without curves; `across` and `up` say what its axes are.
    pub fn new(title: impl Into<String>, across: &'static str, up: &'static str) -> Self {
        Self { title: title.into(), across, up, curves: Vec::new() }
    }

    /// Adds a curve through `points`, in the order of the first coordinate.
    pub fn push(&mut self, name: impl Into<String>, points: Vec<(f64, f64)>) {
        self.curves.push((name.into(), points));
    }

    /// The drawing.
    pub fn to_svg(&self) -> String {
        let points = || self.curves.iter().flat_map(|(_, points)| points);
        let right = points().map(|(x, _)| *x).fold(1.0, f64::max);
        let (low, high, step) = ticks(points().map(|(_, y)| *y));
        let x = |value: f64| LEFT + (RIGHT - LEFT) * value / right;
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low);

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
        );
        text(&mut svg, LEFT, 20.0, "start", &self.title);
        text(&mut svg, (LEFT + RIGHT) / 2.0, HEIGHT - 12.0, "middle", self.across);
        text(&mut svg, LEFT, TOP - 6.0, "end", self.up);
        let mut tick = low;
        while tick <= high + step / 2.0 {
            line(&mut svg, LEFT, y(tick), RIGHT, y(tick));
            text(&mut svg, LEFT - 6.0, y(tick) + 4.0, "end", &format!("{tick}"));
            tick += step;
        }
        for part in 0..=10 {
            let value = right * f64::from(part) / 10.0;
            text(&mut svg, x(value), BOTTOM + 18.0, "middle", &format!("{value:.0}"));
        }
        for (number, (name, points)) in self.curves.iter().enumerate() {
            let color = COLORS[number % COLORS.len()];
            svg.push_str("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"");
            let _ = write!(svg, "{color}\" points=\"");
            for (across, up) in points {
                let _ = write!(svg, "{:.1},{:.1} ", x(*across), y(*up));
            }
            svg.push_str("\"/>\n");
            let at = LEFT + 150.0 * number as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{at}\" y=\"26\" width=\"10\" height=\"10\" fill=\"{color}\"/>"
            );
            text(&mut svg, at + 14.0, 35.0, "start", name);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// The ends of an axis that holds all `values`, and what lies between two ticks.
fn ticks(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let (low, high) =
        values.fold((0.0, 1.0), |(low, high), value| (f64::min(low, value), f64::max(high, value)));
    let rough: f64 = (high - low) / 6.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = step.into_iter().find(|step| *step >= rough).unwrap_or(rough);
    ((low / step).floor() * step, (high / step).ceil() * step, step)
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;");
    let _ =
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{content}</text>");
}

fn line(svg: &mut String, x1: f64, y1: f64, x2: f64, y2: f64) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>"
    );
}
