package dev.javelin.conformance;

import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/// Counts the tests of a suite and keeps what failed. JUnit calls it from one thread.
final class VerifyCount implements TestExecutionListener {
  private static final int MOST_CHARACTERS = 800;

  private final List<String> failures = new ArrayList<>();
  private TestPlan plan;
  private long passed;
  private long leftBefore;

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    plan = testPlan;
    leftBefore = VerifyPart.left();
  }

  @Override
  public void testPlanExecutionFinished(TestPlan testPlan) {
    // What was left to other parts looks like a success.
    passed -= VerifyPart.left() - leftBefore;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
      // A container fails where its tests cannot even be made.
      failures.add(
          path(test) + ": " + result.getThrowable().map(VerifyCount::text).orElse("aborted"));
    } else if (test.isTest()) {
      passed++;
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    failures.add(path(test) + ": skipped, " + reason);
  }

  private String path(TestIdentifier test) {
    StringBuilder path = new StringBuilder(test.getDisplayName());
    TestIdentifier at = test;
    while (plan.getParent(at).isPresent()) {
      at = plan.getParent(at).get();
      if (at.getParentId().isPresent()) {
        path.insert(0, at.getDisplayName() + " > ");
      }
    }
    return path.toString();
  }

  private static String text(Throwable failure) {
    String text = failure instanceof AssertionError ? failure.getMessage() : failure.toString();
    String whole = String.valueOf(text);
    return whole.length() <= MOST_CHARACTERS ? whole : whole.substring(0, MOST_CHARACTERS) + " ...";
  }

  long passed() {
    return passed;
  }

  long failed() {
    return failures.size();
  }

  /// What failed, and why, in the order in which it did.
  List<String> failures() {
    return failures;
  }
}
