/**
 * Candidate grids and search strategies (Q-ROAR, arXiv 2509.14391, section 3.4). A strategy offers rounds of candidates and
 * is advanced with complete rounds only; it knows neither how candidates are evaluated nor when they are given up.
 */
@NullMarked
package qroar.experiments.search;

import org.jspecify.annotations.NullMarked;
